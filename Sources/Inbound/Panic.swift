import CMicroHTTPD
import Glibc

/// What happens when libmicrohttpd finds its own state broken. It must not be returned from.
enum Panic {
    /// `EX_SOFTWARE`: tells a crash of the library from our own exits in an alert.
    static let exitCode: Int32 = 70

    static func install() { _ = installed }

    private static let installed: Void = MHD_set_panic_func(
        { _, file, line, reason in
            var message = "fatal: libmicrohttpd gave up at "
            if let file { message += String(cString: file) }
            message += ":\(line): "
            if let reason { message += String(cString: reason) }
            if !message.hasSuffix("\n") { message += "\n" }
            var bytes = Array(message.utf8)
            _ = write(STDERR_FILENO, &bytes, bytes.count)
            _exit(Panic.exitCode)
        }, nil)
}
