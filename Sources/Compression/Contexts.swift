import CCompression
import Glibc

/// The compression state of one thread, freed when the thread ends.
final class Contexts {
    /// Nil when there is no memory for it. Not to be kept: the next line may run on another thread after an `await`.
    static var current: Contexts? {
        guard let key else { return nil }
        if let held = pthread_getspecific(key) { return Unmanaged<Contexts>.fromOpaque(held).takeUnretainedValue() }
        guard let made = Contexts() else { return nil }
        let held = Unmanaged.passRetained(made)
        guard pthread_setspecific(key, held.toOpaque()) == 0 else {
            held.release()
            return nil
        }
        return made
    }

    private static let key: pthread_key_t? = {
        var key = pthread_key_t()
        let code = pthread_key_create(&key) { held in
            guard let held else { return }
            Unmanaged<Contexts>.fromOpaque(held).release()
        }
        return code == 0 ? key : nil
    }()

    let compressor: OpaquePointer
    let decompressor: OpaquePointer
    /// Made when it is first needed: few threads do.
    private(set) lazy var gzip: Gzip? = Gzip()

    private init?() {
        guard let compressor = ZSTD_createCCtx() else { return nil }
        guard let decompressor = ZSTD_createDCtx() else {
            ZSTD_freeCCtx(compressor)
            return nil
        }
        self.compressor = compressor
        self.decompressor = decompressor
    }
    deinit {
        ZSTD_freeCCtx(compressor)
        ZSTD_freeDCtx(decompressor)
    }
}
