import Locking
import Timing

/// How far the cloud's clocks are from ours, by endpoint, learned from the `Date` of every answer.
///
/// A signature holds for fifteen minutes around the cloud's time, and six refused ones lock the key. So the cloud's
/// time is signed wherever ours is more than five seconds off. It is kept against `uptime`: a step of our own wall
/// clock changes nothing of what is signed.
package final class CloudClocks: Sendable {
    /// Differences up to this are left alone: `Date` has whole seconds, and an answer takes its time.
    package static let tolerance = Duration.seconds(5)

    private struct Reading {
        /// What the cloud's clock showed when our uptime was zero; nil while no answer is believed.
        var epoch: Instant?
        /// The last answer's, that did not agree or could not be.
        var doubt: Instant?
    }
    private let readings = Lock<[String: Reading]>([:])
    private let time: any TimeSource

    package init(time: any TimeSource) { self.time = time }

    /// The time to sign a call with: ours, or the cloud's where the two differ by more than `tolerance`.
    ///
    /// An endpoint not heard yet is taken to be where all others are, if those agree: then it is our clock that is
    /// wrong, and one refusal for it is enough.
    package func signingTime(for origin: String) -> Instant {
        let wall = time.wall
        guard let cloud = cloudTime(at: origin) ?? commonTime else { return wall }
        return (cloud - wall).magnitude > Self.tolerance ? cloud : wall
    }

    /// The cloud's clock minus ours; positive when ours is slow. Only endpoints that answered with a `Date`.
    package var offsets: [String: Duration] {
        let (wall, uptime) = (time.wall, time.uptime)
        return readings.withLock { readings in
            readings.compactMapValues { reading in reading.epoch.map { $0 + uptime - wall } }
        }
    }

    /// That of one endpoint; nil while no answer of its is believed.
    package func offset(of origin: String) -> Duration? {
        let wall = time.wall
        return cloudTime(at: origin).map { $0 - wall }
    }

    /// Takes note of the `Date` of an answer to a call sent at `sent` (uptime) that came back now.
    ///
    /// A reading that is far from the one held is believed only when the next one agrees with it: one server with a
    /// wrong clock behind the endpoint must not spoil the signatures of all calls. So is the first one of an answer
    /// that would have been a refusal if it were true.
    ///
    /// - Parameters:
    ///   - signed: the time that the call was signed with.
    ///   - isRefusal: the answer was a 401, which a wrong time explains.
    func note(date: Instant, origin: String, sent: Duration, signed: Instant?, isRefusal: Bool) {
        // The second that the cloud named lies somewhere between sending and receiving: the middle is the best guess.
        let received = time.uptime
        let middle = sent + (received - sent) / 2
        let epoch = date + .milliseconds(500) - middle
        readings.withLock { readings in
            let held = readings[origin] ?? Reading()
            let slack = Self.tolerance + (received - sent) / 2
            let isPossible = isRefusal || signed.map { (date - $0).magnitude <= CloudCaller.allowedSkew } ?? true
            let agrees = held.epoch.map { (epoch - $0).magnitude <= slack } ?? isPossible
            let confirmed = held.doubt.map { (epoch - $0).magnitude <= slack } ?? false
            readings[origin] =
                agrees || confirmed ? Reading(epoch: epoch) : Reading(epoch: held.epoch, doubt: epoch)
        }
    }

    /// The clock of all endpoints that were heard; nil when there are none or they differ.
    private var commonTime: Instant? {
        let uptime = time.uptime
        let epochs = readings.withLock { $0.values.compactMap(\.epoch) }
        guard let least = epochs.min(), let most = epochs.max(), most - least <= Self.tolerance * 2 else { return nil }
        return least + (most - least) / 2 + uptime
    }
    private func cloudTime(at origin: String) -> Instant? {
        let uptime = time.uptime
        return readings.withLock { $0[origin]?.epoch }.map { $0 + uptime }
    }
}

extension Duration {
    var magnitude: Duration { self < .zero ? .zero - self : self }
}
