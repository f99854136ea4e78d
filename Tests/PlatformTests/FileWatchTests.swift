import Foundation
import Locking
import Platform
import Testing

/// A folder mounted as Kubernetes mounts a secret: `key` → `..data/key`, and `..data` → a folder of that version.
private struct MountedSecret {
    let folder: URL
    var path: String { folder.appending(path: "key").path }

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "watch-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try put("first", version: 1)
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "..data/key")
    }
    func put(_ text: String, version: Int) throws {
        let name = "..version\(version)"
        try FileManager.default.createDirectory(at: folder.appending(path: name), withIntermediateDirectories: false)
        try Data(text.utf8).write(to: folder.appending(path: "\(name)/key"))
        let link = folder.appending(path: "..new").path
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: name)
        #expect(rename(link, folder.appending(path: "..data").path) == 0)
    }
    func remove() { try? FileManager.default.removeItem(at: folder) }
}

@Suite struct FileWatchTests {
    /// The changes of a watch that looks only when it is told to.
    private func changes(of watch: FileWatch) -> AsyncStream<Set<String>> {
        let (stream, continuation) = AsyncStream.makeStream(of: Set<String>.self)
        #expect(watch.start { continuation.yield($0.changed) })
        return stream
    }

    @Test func `a swapped link, a new, a changed and a removed file are told once each`() async throws {
        let secret = try MountedSecret()
        defer { secret.remove() }
        let plain = secret.folder.appending(path: "plain").path
        let watch = FileWatch([secret.path, plain], interval: .seconds(3600))
        var changes = changes(of: watch).makeAsyncIterator()

        try secret.put("second", version: 2)
        watch.poke()
        #expect(await changes.next() == [secret.path])
        watch.poke()  // nothing to tell
        // In one step: a look of the poke before may come in the middle of a write.
        try Data("new".utf8).write(to: URL(filePath: plain), options: .atomic)
        watch.poke()
        #expect(await changes.next() == [plain])
        try Data("newer".utf8).write(to: URL(filePath: plain), options: .atomic)
        watch.poke()
        #expect(await changes.next() == [plain])
        try FileManager.default.removeItem(atPath: plain)
        watch.poke()
        #expect(await changes.next() == [plain])
        watch.tell()
        #expect(await changes.next() == [])
        await watch.stop()
    }

    @Test func `what changes while other changes come to rest is told with them`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "watch-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let files = ["access", "secret"].map { folder.appending(path: $0) }
        // It looks only when it is poked: each look of those before the last finds a change.
        let watch = FileWatch(files.map(\.path), interval: .seconds(3600), settling: .seconds(3600))
        let told = Lock<[Set<String>]>([])
        #expect(watch.start { look in told.withLock { $0.append(look.changed) } })
        for file in files {
            try Data("new".utf8).write(to: file)
            watch.poke()
        }
        while told.withLock(\.isEmpty) {
            watch.poke()
            await Task.yield()
        }
        #expect(told.withLock { $0 } == [Set(files.map(\.path))])
        try Data("newer".utf8).write(to: files[0])
        watch.tell()
        while told.withLock({ $0.count < 2 }) { await Task.yield() }
        #expect(told.withLock { $0.last } == [files[0].path], "who asks is answered at once")
        await watch.stop()
    }

    @Test func `a file watched before and after keeps what is known of it`() async throws {
        let secret = try MountedSecret()
        defer { secret.remove() }
        let watch = FileWatch([secret.path], interval: .seconds(3600))
        var changes = changes(of: watch).makeAsyncIterator()
        try secret.put("second", version: 2)
        watch.watch([secret.path, "/nowhere/at/all"])
        watch.poke()
        #expect(await changes.next() == [secret.path])
        watch.watch(["/nowhere/at/all"])
        try secret.put("third", version: 3)
        watch.watch([secret.path])  // known as it is now
        try secret.put("fourth", version: 4)
        watch.poke()
        #expect(await changes.next() == [secret.path])
        await watch.stop()
        await watch.stop()
    }

    @Test func `a stamp differs for every rewrite and is the same for the same file`() throws {
        let secret = try MountedSecret()
        defer { secret.remove() }
        let first = try #require(FileStamp(path: secret.path))
        #expect(FileStamp(path: secret.path) == first)
        try secret.put("first", version: 2)
        #expect(FileStamp(path: secret.path) != first)
        #expect(FileStamp(path: secret.folder.appending(path: "none").path) == nil)
    }
}
