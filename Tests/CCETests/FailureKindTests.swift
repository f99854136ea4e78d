import Testing

@testable import CCE

@Suite struct FailureKindTests {
    /// The matrix of reference goals-reliability §2, in its own words: retried? counted by which breaker? the rows?
    private static let matrix: [(FailureKind, FailureAction.Retry, FailureAction.Evidence, FailureAction.Rows, Bool)] =
        [
            (.unresolved, .once, .endpointFails, .kept, false),
            (.unreachable, .allowed, .endpointFails, .kept, false),
            (.cut, .allowed, .fails, .kept, false),
            (.tls, .never, .endpointFails, .kept, false),
            (.timeout, .never, .fails, .kept, false),
            (.unauthorized, .never, .none, .kept, false),
            (.clockSkew, .never, .none, .kept, false),
            (.forbidden, .never, .answered, .kept, false),
            (.notFound, .never, .answered, .droppedWhenRepeated, false),
            (.rejected, .never, .answered, .kept, false),
            (.throttled, .never, .none, .kept, true),
            (.locked, .never, .answered, .kept, false),
            (.unavailable, .allowed, .fails, .kept, false),
            (.serverError, .never, .fails, .kept, false),
            (.foreign, .never, .fails, .kept, false),
            (.unreadable, .never, .answered, .kept, false),
            (.tooLarge, .never, .fails, .kept, false),
            (.busy, .never, .none, .kept, false),
            (.circuitOpen, .never, .none, .kept, false),
            (.cancelled, .never, .none, .untouched, false),
            (.keyReplaced, .never, .none, .untouched, false),
        ]

    @Test func `every failure has the action that the matrix asks for`() {
        #expect(Set(Self.matrix.map(\.0)) == Set(FailureKind.allCases))
        for (kind, retry, evidence, rows, slowsDown) in Self.matrix {
            let wanted = FailureAction(retry: retry, evidence: evidence, rows: rows, slowsDown: slowsDown)
            #expect(kind.action == wanted, "\(kind)")
        }
    }
}
