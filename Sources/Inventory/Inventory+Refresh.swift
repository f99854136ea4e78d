import ReleaseModel
import Telemetry
import Timing

extension Inventory {
    /// Brings the named clusters to within `maxAge` (at least `minRefreshInterval`), asking only those that are not.
    ///
    /// Returns when each is settled: its rows were fetched by a call sent late enough, or such a call failed, or its
    /// credential is refused, or it is gone or skipped; at the latest at `deadline` (by `TimeSource.uptime`), when the
    /// task is cancelled, or when `run` ends. N callers cause one call per cluster.
    package func refresh(_ clusters: [ClusterID], maxAge: Duration, askedAt: Duration, deadline: Duration) async {
        await inFanOut(over: clusters) { origin in
            let wish = InventoryState.Wish(clusters: clusters, maxAge: maxAge, askedAt: askedAt, origin: origin)
            await wait(wish, table: { _, _ in 0 }, deadline: deadline)
        }
    }

    /// Like `refresh`, without waiting: the calls are queued and their clusters show as pending.
    package func demand(_ clusters: [ClusterID], maxAge: Duration, askedAt: Duration) {
        let wish = InventoryState.Wish(clusters: clusters, maxAge: maxAge, askedAt: askedAt)
        perform { state, now, effects in
            guard !state.isStopped else { return }
            _ = state.demand(wish, table: 0, now: now, &effects)
        }
    }

    /// Why a fan-out with a chart's id does not start: eight are held, or another one runs.
    package struct ChartsBusy: Error, Equatable { package init() {} }

    /// The snapshot of a fan-out with `chart_id`, brought to within `maxAge` as `refresh` does. It holds an entry for
    /// every cluster; those never wished for have no rows. Its id differs from the plain one's.
    package func snapshot(
        chartID: String, clusters: [ClusterID], maxAge: Duration, askedAt: Duration, deadline: Duration
    ) async throws(ChartsBusy) -> Snapshot {
        let wish = InventoryState.Wish(clusters: clusters, maxAge: maxAge, askedAt: askedAt)
        let isOpen = perform { state, now, _ in state.table(chartID: chartID, for: wish, now: now) != nil }
        guard isOpen else { throw ChartsBusy() }
        await inFanOut(over: clusters) { origin in
            var wish = wish
            wish.origin = origin
            await wait(
                wish, table: { [wish] state, now in state.table(chartID: chartID, for: wish, now: now) },
                deadline: deadline)
        }
        let snapshot = perform { state, now, _ in
            state.tables.indices.dropFirst().first { state.tables[$0].chartID == chartID }
                .map { state.tables[$0].snapshot(now: now, gaps: state.gaps) }
        }
        guard let snapshot else { throw ChartsBusy() }
        return snapshot
    }

    // MARK: -

    /// A span around what is done for the request that the task answers; its calls go under it, unless they run for
    /// somebody else already.
    private func inFanOut(over clusters: [ClusterID], _ body: (CallOrigin?) async -> Void) async {
        let origin = CallOrigin.current
        let span = tracer.child("fan-out", of: origin?.trace)
        await body(origin?.under(span))
        tracer.end(span, [("clusters", .number(clusters.count))])
    }

    private func wait(
        _ wish: InventoryState.Wish, table: @Sendable (inout InventoryState, Now) -> Int?, deadline: Duration
    ) async {
        let waiter = perform { state, _, _ in state.nextWaiter() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                perform { state, now, effects in
                    guard !state.isStopped, !Task.isCancelled, let table = table(&state, now) else {
                        return effects.readers.append(continuation)
                    }
                    let key = state.demand(wish, table: table, now: now, &effects)
                    if key.needs.isEmpty || deadline <= now.uptime {
                        effects.readers.append(continuation)
                    } else {
                        state.wait(for: key, wish, deadline: deadline, continuation, as: waiter, &effects)
                    }
                }
            }
        } onCancel: {
            // Either it is stored already, or storing sees that the task is cancelled.
            perform { state, now, effects in state.abandon(waiter, now: now, &effects) }
        }
    }
}
