import Glibc
import Locking

/// Name lookups of this process, under the tests' control: names that end in `.lookup.test` lead to 127.0.0.1, but
/// only once the test lets them. Others go to the system.
package enum SlowLookups {
    private struct State {
        var begun: [String: Int] = [:]
        var open: Set<String> = []
        var failing: Set<String> = []
    }
    private static let state = Lock(State())
    private static let condition = Condition()

    /// How often the system was asked for that name.
    package static func begun(_ name: String) -> Int { state.withLock { $0.begun[name] ?? 0 } }
    /// Lets lookups of that name end, now and later.
    package static func open(_ name: String) {
        state.withLock { state in
            state.open.insert(name)
            state.failing.remove(name)
        }
        condition.broadcast()
    }
    /// Ends lookups of that name, now and later, as the C library does when the name's servers answer SERVFAIL or not
    /// at all.
    package static func fail(_ name: String) {
        state.withLock { state in
            state.open.remove(name)
            state.failing.insert(name)
        }
        condition.broadcast()
    }

    /// False when the lookup fails.
    fileprivate static func pass(_ name: String) -> Bool {
        state.withLock { $0.begun[name, default: 0] += 1 }
        condition.wait { state.withLock { $0.open.contains(name) || $0.failing.contains(name) } }
        return state.withLock { $0.open.contains(name) }
    }
}

/// Wakes threads that wait for something to become true.
private final class Condition: @unchecked Sendable {  // the mutex and the condition are made to be shared
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }
    func wait(until isTrue: () -> Bool) {
        pthread_mutex_lock(mutex)
        while !isTrue() { pthread_cond_wait(condition, mutex) }
        pthread_mutex_unlock(mutex)
    }
    func broadcast() {
        pthread_mutex_lock(mutex)
        pthread_cond_broadcast(condition)
        pthread_mutex_unlock(mutex)
    }
}

private typealias Lookup =
    @convention(c) (
        UnsafePointer<CChar>?, UnsafePointer<CChar>?, UnsafePointer<addrinfo>?,
        UnsafeMutablePointer<UnsafeMutablePointer<addrinfo>?>?
    ) -> Int32
private let systemLookup: Lookup? = {
    let next = UnsafeMutableRawPointer(bitPattern: -1)  // RTLD_NEXT
    return dlsym(next, "getaddrinfo").map { unsafeBitCast($0, to: Lookup.self) }
}()

/// Stands before the C library's for the whole test process, libcurl's threads included.
@_cdecl("getaddrinfo")
public func interposedLookup(
    _ node: UnsafePointer<CChar>?, _ service: UnsafePointer<CChar>?, _ hints: UnsafePointer<addrinfo>?,
    _ result: UnsafeMutablePointer<UnsafeMutablePointer<addrinfo>?>?
) -> Int32 {
    guard let systemLookup else { return EAI_FAIL }
    guard let node else { return systemLookup(nil, service, hints, result) }
    let name = String(cString: node)
    guard name.hasSuffix(".lookup.test") else { return systemLookup(node, service, hints, result) }
    guard SlowLookups.pass(name) else { return EAI_AGAIN }
    return systemLookup("127.0.0.1", service, hints, result)
}
