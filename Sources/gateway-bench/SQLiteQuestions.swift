import Glibc
import Query
import ReleaseModel
import Timing

/// The filtered page asked of SQLite: the same releases in memory, with an index on each column that can be filtered
/// by and one in the order of the page.
///
/// SQLite is loaded while this runs, so that nothing else needs it to be built.
enum SQLiteQuestions {
    static func ask(_ fleet: BenchFleet, rounds: Int = 11, into report: inout Report) throws {
        let database = try SQLite()
        try fill(database, from: fleet.snapshot)
        let (namespace, status) = (BenchFleet.namespaceNames[7], "FAILED")
        let filter = "FROM releases WHERE namespace = '\(namespace)' AND status = '\(status)'"
        let page = try database.statement(
            "SELECT * \(filter) ORDER BY cluster_name, namespace, name LIMIT 50")
        let count = try database.statement("SELECT count(*) \(filter)")
        defer {
            page.finalize()
            count.finalize()
        }
        let entries = Array(fleet.snapshot.entries.indices)
        guard
            let selection = try? ListRequest(parameters: [
                (name: "namespace", value: namespace), (name: "status", value: status),
            ]).selection
        else { return }
        func ours() -> PageResult {
            selection.page(
                of: fleet.snapshot, rowsFrom: entries, now: Instant(seconds: 1_790_000_000), after: nil, limit: 50)
        }
        precondition(count.rows().last == Int64(ours().totalSize) && page.rows().count == ours().rows.count)
        report.add(
            "query.sqlite.of1M", "the filtered page and its total: SQLite's time beside ours",
            against: "in process, an index a column",
            Paired.rounds(rounds) {
                _ = (page.rows(), count.rows())
            } against: {
                _ = ours()
            }, reach: .atLeast(30))
    }

    private static func fill(_ database: SQLite, from snapshot: Snapshot) throws {
        try database.run(
            """
            CREATE TABLE releases (cluster_id TEXT, cluster_name TEXT, region TEXT, namespace TEXT, name TEXT,
              version INTEGER, chart_name TEXT, chart_version TEXT, status TEXT, update_at INTEGER);
            BEGIN
            """)
        let insert = try database.statement("INSERT INTO releases VALUES (?,?,?,?,?,?,?,?,?,?)")
        for entry in snapshot.entries {
            let cluster = entry.cluster
            for row in entry.part?.rows ?? .none {
                let texts = [cluster.id.text, cluster.name, cluster.region, row.namespace, row.name]
                for (index, text) in texts.enumerated() { insert.bind(index + 1, text) }
                insert.bind(6, row.version ?? 0)
                for (index, text) in [row.chartName, row.chartVersion, row.status].enumerated() {
                    insert.bind(index + 7, text ?? "")
                }
                insert.bind(10, row.updateAt?.seconds ?? 0)
                _ = insert.rows()
            }
        }
        insert.finalize()
        try database.run("COMMIT")
        for column in ["cluster_id", "cluster_name", "namespace", "name", "chart_name", "status", "update_at"] {
            try database.run("CREATE INDEX by_\(column) ON releases (\(column))")
        }
        try database.run("CREATE INDEX by_page ON releases (cluster_name, namespace, name); ANALYZE")
    }
}

/// A database in memory, by the few functions that are needed of libsqlite3's.
private final class SQLite {
    struct Failure: Error, CustomStringConvertible { let description: String }

    private typealias Open = @convention(c) (UnsafePointer<CChar>, UnsafeMutablePointer<OpaquePointer?>) -> Int32
    private typealias Execute =
        @convention(c) (
            OpaquePointer, UnsafePointer<CChar>, UnsafeRawPointer?, UnsafeRawPointer?, UnsafeRawPointer?
        ) -> Int32
    private typealias Prepare =
        @convention(c) (
            OpaquePointer, UnsafePointer<CChar>, Int32, UnsafeMutablePointer<OpaquePointer?>, UnsafeRawPointer?
        ) -> Int32

    private let library: Library
    private let handle: OpaquePointer

    init() throws {
        library = try Library("libsqlite3.so.0")
        var handle: OpaquePointer?
        guard try library.function("sqlite3_open", as: Open.self)(":memory:", &handle) == 0, let handle else {
            throw Failure(description: "SQLite does not open a database in memory")
        }
        self.handle = handle
    }

    func run(_ text: String) throws {
        let code = try library.function("sqlite3_exec", as: Execute.self)(handle, text, nil, nil, nil)
        guard code == 0 else { throw Failure(description: "SQLite answers \(code) to \(text)") }
    }

    func statement(_ text: String) throws -> Statement {
        var statement: OpaquePointer?
        let code = try library.function("sqlite3_prepare_v2", as: Prepare.self)(handle, text, -1, &statement, nil)
        guard code == 0, let statement else { throw Failure(description: "SQLite answers \(code) to \(text)") }
        return try Statement(statement, library)
    }

    /// A shared library, kept until the process ends.
    struct Library {
        private let handle: UnsafeMutableRawPointer
        init(_ name: String) throws {
            guard let handle = dlopen(name, RTLD_NOW) else {
                throw Failure(description: "\(name) is not installed (Debian: libsqlite3-0)")
            }
            self.handle = handle
        }
        func function<Function>(_ name: String, as type: Function.Type) throws -> Function {
            guard let symbol = dlsym(handle, name) else { throw Failure(description: "SQLite has no \(name)") }
            return unsafeBitCast(symbol, to: type)
        }
    }

    struct Statement {
        private typealias Plain = @convention(c) (OpaquePointer) -> Int32
        private typealias Column = @convention(c) (OpaquePointer, Int32) -> Int64
        private typealias Text = @convention(c) (OpaquePointer, Int32) -> UnsafePointer<UInt8>?
        private typealias BindNumber = @convention(c) (OpaquePointer, Int32, Int64) -> Int32
        private typealias BindText = @convention(c) (OpaquePointer, Int32, UnsafePointer<CChar>, Int32, Int) -> Int32

        private let handle: OpaquePointer
        private let step: Plain
        private let reset: Plain
        private let end: Plain
        private let columnCount: Plain
        private let number: Column
        private let text: Text
        private let bindNumber: BindNumber
        private let bindText: BindText

        fileprivate init(_ handle: OpaquePointer, _ library: Library) throws {
            self.handle = handle
            step = try library.function("sqlite3_step", as: Plain.self)
            reset = try library.function("sqlite3_reset", as: Plain.self)
            end = try library.function("sqlite3_finalize", as: Plain.self)
            columnCount = try library.function("sqlite3_column_count", as: Plain.self)
            number = try library.function("sqlite3_column_int64", as: Column.self)
            text = try library.function("sqlite3_column_text", as: Text.self)
            bindNumber = try library.function("sqlite3_bind_int64", as: BindNumber.self)
            bindText = try library.function("sqlite3_bind_text", as: BindText.self)
        }

        func bind(_ index: Int, _ value: Int64) { _ = bindNumber(handle, Int32(index), value) }
        /// -1: SQLite takes a copy (`SQLITE_TRANSIENT`).
        func bind(_ index: Int, _ value: String) { _ = bindText(handle, Int32(index), value, -1, -1) }

        /// Steps through all rows, every column fetched as text; each row's first column as a number.
        func rows() -> [Int64] {
            var rows: [Int64] = []
            let columns = columnCount(handle)
            while step(handle) == 100 {  // SQLITE_ROW
                for column in 1..<max(columns, 1) { _ = text(handle, column) }
                rows.append(number(handle, 0))
            }
            _ = reset(handle)
            return rows
        }
        func finalize() { _ = end(handle) }
    }
}
