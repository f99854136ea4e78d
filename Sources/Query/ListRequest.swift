import ReleaseModel
import Timing

/// Everything `GET /releases` was asked, parsed and checked.
package struct ListRequest: Sendable {
    /// Which releases, in which order: what a page token is bound to.
    package var selection: Selection
    package var pageSize: Int
    package var pageToken: String?
    package var view: View
    /// Members to answer with, in the API's order; the identity triple is always among them. Nil: all of the view.
    package var fields: [ReleaseField]?
    /// What matching releases are counted by, over all pages.
    package var facets: [CountedField]
    /// Nil: the configuration's.
    package var maxAge: Duration?
    /// Nil: 0, or 5 s with `max_age=0`.
    package var wait: Duration?
    package var onMissing: OnMissing
    package var require: Requirement
    package var coverage: CoverageDetail
    /// No rows: what is asked in one form, whom it is about, and what it would cost.
    package var explains: Bool
    /// Nil: what `Accept` says.
    package var format: Format?
    /// `chart_id`: a fan-out of its own.
    package var chartID: String?
    package var warnings: [Warning]

    package enum View: String, Sendable, CaseIterable { case basic, full }
    package enum OnMissing: String, Sendable, CaseIterable { case stale, omit, fail }
    package enum CoverageDetail: String, Sendable, CaseIterable { case problems, all, none }
    /// How releases are written.
    package enum Format: String, Sendable, CaseIterable {
        /// One page: as JSON, or as a table for people.
        case json, text
        /// The whole set: an object a line, or a header line and a line of cells for each.
        case ndjson, csv

        package var isWholeSet: Bool { self == .ndjson || self == .csv }
        /// Without parameters.
        package var mediaType: String {
            switch self {
            case .json: "application/json"
            case .text: "text/plain"
            case .ndjson: "application/x-ndjson"
            case .csv: "text/csv"
            }
        }
    }
    package enum Requirement: Sendable, Equatable {
        case any
        case all
        /// Of the clusters that are not skipped, 0...100.
        case percent(Int)
        case clusters([ClusterID])
    }
    package struct Warning: Sendable, Equatable {
        /// `page_size_lowered`, `snapshot_changed`.
        package let code: String
        package let message: String
        package init(code: String, message: String) {
            self.code = code
            self.message = message
        }
    }
}

/// What is wrong with one parameter; becomes one element of a problem's `errors`.
package struct ParameterProblem: Error, Equatable, Sendable {
    package let parameter: String
    package let detail: String
    /// Where in the value, in bytes from 0.
    package let position: Int?
    /// The offending piece, at most 64 bytes.
    package let token: String?
    /// The nearest known word, or what was expected.
    package let hint: String?
    package init(parameter: String, detail: String, position: Int? = nil, token: String? = nil, hint: String? = nil) {
        self.parameter = parameter
        self.detail = detail
        self.position = position
        self.token = token
        self.hint = hint
    }
}

package struct InvalidParameters: Error, Equatable, Sendable {
    package let problems: [ParameterProblem]
    package init(problems: [ParameterProblem]) { self.problems = problems }
}
