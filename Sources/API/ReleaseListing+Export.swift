import Compression
import Inbound
import Query
import ReleaseModel
import Timing

/// The whole set of a question, as lines or cells.
extension ReleaseListing {
    /// Its rows are written while they are sent.
    func export(
        _ question: ReleaseQuestion, _ reading: ReleaseReading, _ format: ListRequest.Format
    ) throws(APIProblem) -> Answer {
        let coding = question.exchange.encoding.preferred
        var answer = Answer.stream(
            try stream(question, reading, format), mediaType: format.contentType, coding: coding)
        answer.cover(reading.coverage)
        if format == .csv {
            // Cells have no place to say it.
            let isComplete = reading.coverage.isComplete
            answer.ownFields = [
                ("Release-Complete", isComplete ? "true" : "false"),
                (
                    "Content-Disposition",
                    "attachment; filename=\"releases\(isComplete ? "" : "-incomplete").csv\""
                ),
            ]
        }
        return answer
    }

    private func stream(
        _ question: ReleaseQuestion, _ reading: ReleaseReading, _ format: ListRequest.Format
    ) throws(APIProblem) -> ReleaseExport {
        guard let place = work.admitExport() else {
            throw APIProblem(.overloaded, "as many exports as can be are being read already")
        }
        let writer = ExportWriter(
            reading, question.request, format: format, coding: question.exchange.encoding.preferred,
            warnings: question.request.warnings + question.warnings + reading.warnings)
        let maker = BlockMaker(
            writer, place: place, pool: work.pool, time: reader.time, patience: reader.policy.requestTimeout)
        let lease = reader.pages.pins.lease(reading.snapshot, newest: reader.source.current, now: reader.time.uptime) {
            [weak maker] in maker?.end()
        }
        guard let lease else { throw APIProblem(.overloaded, "pages.pinnedBytes has no room to hold what is exported") }
        maker.hold(lease)
        return ReleaseExport(maker)
    }
}
