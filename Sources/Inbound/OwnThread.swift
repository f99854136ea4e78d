import Glibc

/// Runs something that blocks where it blocks nobody.
enum OwnThread {
    private final class Work {
        let body: () -> Void
        init(_ body: @escaping () -> Void) { self.body = body }
    }
    /// On a thread made for it; returns when it is done. When there can be no thread, it runs where it is.
    static func run(_ body: @escaping @Sendable () -> Void) async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let work = Unmanaged.passRetained(
                Work {
                    body()
                    continuation.resume()
                })
            var thread = pthread_t()
            let code = pthread_create(
                &thread, nil,
                { context in
                    if let context { Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body() }
                    return nil
                }, work.toOpaque())
            if code == 0 { pthread_detach(thread) } else { work.takeRetainedValue().body() }
        }
    }
}
