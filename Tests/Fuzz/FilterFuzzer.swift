import Query

/// What libFuzzer calls with each text that it makes: `make fuzz`.
///
/// The first byte chooses the door, the rest is the value. A text that is read must come back from its canonical form; one
/// that is refused must be refused at a place within it. Anything else traps, which libFuzzer keeps.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = UnsafeBufferPointer(start: start, count: count)
    guard let door = bytes.first else { return 0 }
    let value = String(decoding: bytes.dropFirst(), as: UTF8.self)
    let doors = ListParameter.allCases
    // Every second choice is the language itself.
    let parameter = door < 128 ? ListParameter.filter : doors[Int(door - 128) % doors.count]
    do {
        let request = try ListRequest(parameters: [(name: parameter.rawValue, value: value)])
        let canonical = request.selection.filter.canonical
        let again = try? FilterExpression(filter: canonical, limits: .canonical)
        precondition(
            again.map { $0.canonical.utf8.elementsEqual(canonical.utf8) } == true, "a canonical text is read otherwise")
    } catch {
        precondition(!error.problems.isEmpty && error.problems.count <= 64, "a refusal without a problem")
        for problem in error.problems {
            precondition((0...value.utf8.count).contains(problem.position ?? 0), "a place outside the text")
            precondition(problem.parameter != "filter" || problem.position != nil, "no place")
            precondition((problem.token?.utf8.count ?? 0) <= 64, "a long piece")
        }
    }
    return 0
}
