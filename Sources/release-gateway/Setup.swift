import Platform

/// What is asked of the system before the first thread of ours.
enum Setup {
    static func prepareProcess() {
        ProcessSetup.ignoreBrokenPipes()
        ProcessSetup.limitHeaps()
        _ = ProcessSetup.raiseDescriptorLimit()
        #if !DEBUG
            ProcessSetup.forbidMemoryDumps()
        #endif
    }
}
