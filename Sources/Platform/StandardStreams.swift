import Glibc

/// Writes for commands that print and end. Blocks; servers write through a `LineSink`.
package enum StandardStreams {
    package enum Stream: Int32, Sendable {
        case output = 1
        case error = 2
    }

    /// What cannot be written is lost: there is nobody to tell.
    package static func write(_ text: [UInt8], to stream: Stream) {
        _ = BlockingWrite.prefix(of: text, to: stream.rawValue)
    }
}

enum BlockingWrite {
    /// All of it, however long the reader takes. How many bytes are out: fewer when the reader has gone, or the disk is
    /// full.
    static func prefix(of text: [UInt8], to descriptor: Int32) -> Int {
        var rest = text[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written > 0 {
                rest = rest.dropFirst(written)
            } else if written < 0 && errno == EAGAIN {
                // Somebody has made the descriptor, which we share, non-blocking.
                var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&entry, 1, -1)
            } else if !(written < 0 && errno == EINTR) {
                break
            }
        }
        return text.count - rest.count
    }
}
