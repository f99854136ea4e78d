import Glibc
import Platform
import Testing

@Suite struct ProcessSetupTests {
    @Test func `the soft limit of open files becomes the hard one`() {
        var limit = rlimit()
        #expect(getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
        #expect(ProcessSetup.raiseDescriptorLimit() == Int(clamping: limit.rlim_max))
        #expect(getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
        #expect(limit.rlim_cur == limit.rlim_max)
    }

    @Test func `the environment is read`() {
        #expect(ProcessSetup.environment("PATH") != nil)
        #expect(ProcessSetup.environment("NO_SUCH_VARIABLE_HERE") == nil)
    }
}
