//go:build unix

package await

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

// unsimulated are the tests that need what a simulated host does not have, by why.
var unsimulated = []struct {
	why   string
	tests string // names, with spaces between them
}{
	{"processes, permissions, mounts and filters are the kernel's", "TestAcknowledgedRecordsOutliveTheProcess TestAfterTheFilter TestAgainAlone " +
		"TestBrokenPipeOfStandardOutput TestChildOnAConnection TestChildOnAListener " +
		"TestCloseOfTheIOEndsCallsOnAFrozenMount TestCloseWaitsForNoReadThatHangs " +
		"TestContextEndsCallsOnAFrozenMount TestDeadlineAndCloseEndCallsOnAFrozenMount " +
		"TestFilesWithoutPermission TestFilterThatComesLater TestGoTestKnowsWhatFilesAreUsed " +
		"TestListenOnAPortOfRoot TestNoticeOfAFallback TestOSFileIsAChildsOutput TestOpenOfWhatCannotBeOpened " +
		"TestOpenOfWhatIsNotPermitted TestRacesAreReported TestReadOfASlowFileSystemHoldsUpNobody " +
		"TestSocketsWithoutPermission TestStuckMountRefusesCalls TestUnderTheProfile " +
		"TestUnderTheProfileWithoutIOURing TestUnmountAfterClose"},
	{"nobody has gone through them yet", "TestAConnThatOthersRead TestAbandonedOpenOfAFIFO TestAcceptOnABlockingListenerStopsNothing " +
		"TestAddressFormsFailAsNets TestAdoptAConnectionThatWasReset TestAdoptConn TestAdoptDatagrams " +
		"TestAdoptListener TestAdoptOnTheDefaultIO TestAdoptOurOwn TestAdoptRefuses TestAdoptedFileGoesOn " +
		"TestAdoptedPipe TestAdoptedPipeGoesOnInBlockingMode TestAllocationsAreNetsAndOS " +
		"TestAnEndBehindAShortRead TestAppendThatComesShort TestBlockingCallsDoNotAllocate " +
		"TestCallsAtOnceAreOneBatch TestCallsOfManyGoroutinesCombine TestCallsOnPathsAreLeft " +
		"TestCancelOfTheRestOfARead TestCloseEndsABlockedRead TestCloseEndsTheOpenOfAFIFO " +
		"TestCloseEndsTheWaitForASync TestCloseNeedsNoRoomInTheQueue TestCloseRacesWithTheIOs " +
		"TestCloseWaitsForNoWorker TestConfigureDefault TestConfigureDefaultRacesWithUse " +
		"TestConnCallsDoNotAllocate TestConnCarriesDescriptors TestConnCloseThatLingersIsNotTheLoops " +
		"TestConnectionsDiscardWhatNobodyTakes TestConnectionsHaveNetsOptions TestContextEndsABlockedRead " +
		"TestContextOfTheLeaderEnds TestControlHooksAreToldWhatNetsAre TestCopiesBetweenFilesAreOs " +
		"TestCopyToAFileThatAppendsByNow TestDatagramForms TestDeadlineEndsABlockedRead " +
		"TestDeadlineMovesUnderABlockedRead TestDescriptorOutlivesItsIO TestDevicesAreOs " +
		"TestDialByAddressIsWhereNetIs TestDialControlHooks TestDialFailsAsNetDoes TestDialFromALocalAddress " +
		"TestDialTracesAsNet TestDialWithFallbackFailsWithTheFirstVersionsError TestDirFSIsAnFS TestDirectIO " +
		"TestExtremeDeadlines TestFileIsAnotherDescriptor TestFileSetsNoOptions TestFileTurnsBlockingAsNets " +
		"TestFilesAreGivenAwayInTheModeOfOS TestFilesOfARootAreOurs TestFlagsOfWhatIsOpenedAtOnce " +
		"TestForeignCloseOfALoopsDescriptor TestForgottenConnIsClosed TestHTTP2Load TestHTTPReadTimeout " +
		"TestKeepAliveOptionsAreNets TestListenBacklog TestListenControlHook TestListenFailsAsNetDoes " +
		"TestListenOnBothVersions TestListenPacketIsWhereNetIs TestListenerKeepsItsPath " +
		"TestListenerRemovesItsPath TestLoopsDoNotShareThePosition TestLoopsHaveTheirProactors " +
		"TestLoopsServeWhatIsTheirs TestLoopsShareCallsOnAFile TestLoopsShareCallsOnNoDescriptor " +
		"TestMessagesTellWhereTheyComeFrom TestModeOfWhatIsHandedOut TestMulticastArrives " +
		"TestMulticastFailsAsNets TestMultipathDialFailsAsNets TestMultipathIsUsedAsByNet " +
		"TestNoDescriptorIsLeft TestNoDescriptorLeft TestNothingForTheRaceDetectorIsBuiltIn " +
		"TestNothingIsHeldAfterClose TestNothingIsHeldAfterCloseFD TestNothingIsHeldAfterTheIOIsClosed " +
		"TestNoticeOfALoopThatStandsStill TestNoticesOfTheLoops TestOSFileOfWhatIsClosed " +
		"TestOpenAtTheLimitOfDescriptors TestOpenOfAFIFOLosesNoWriter TestOpenOfAFIFOSeesASilentWriter " +
		"TestOpenOfAFIFOWaits TestOpenOfDevices TestOpenOnThread TestOpenWaitsForALease " +
		"TestOperationsNameALoopThatStandsStill TestOptionsAreNets TestOptionsFailAsNets " +
		"TestOptionsOfDatagrams TestPacketMessages TestPacketsCarryDescriptors TestPeerHasAllSoTheCallIsWhole " +
		"TestPeerSeesTheEndAfterClose TestRawConnReadsAndWrites TestRawConnWriteWaits TestRawFile " +
		"TestRawListener TestReadInBlockingModeBesideAnotherReader TestReadInBlockingModeEnds " +
		"TestReadsOfFilesOfTheKernel TestReadsOfWhatIsCachedInPart TestReadsOfWhatIsCachedStayWithTheCaller " +
		"TestReadsThatCannotBe TestReadsWhileTheFileChanges TestReadsWhileThreadsEnd TestRootsAreTheSame " +
		"TestSameFileOfEitherPackage TestSocketsSideBySide TestStreamsHaveNoPosition TestSyncsThatAreLeft " +
		"TestSyncsThatCannotBe TestTenThousandBlockedCallsNeedNoThreads TestTenThousandBlockedFIFOReads " +
		"TestTenThousandFileReads TestTenThousandIdleConnectionsEndByTheirContext " +
		"TestTenThousandIdleConnectionsEndByTheirDeadline TestTimeoutSetByACombiner " +
		"TestTransfersGoOnInEitherMode TestTreeFunctions TestTreeIsOs TestTreesWithAContext " +
		"TestUnixgramByAddress TestUnixgramHalfClose TestUrgentDataHoldsUpNoRead TestWaitsForOthersEnd " +
		"TestWriteInBlockingModeEnds"},
}

// skipUnsimulated has the tests of unsimulated skipped, and prints which they are.
func skipUnsimulated() {
	var names []string
	fmt.Println("PROACTOR_BACKEND=sim leaves out:")
	for _, u := range unsimulated {
		fmt.Printf("  %s: %s\n", u.why, u.tests)
		names = append(names, strings.Fields(u.tests)...)
	}
	if flag.Lookup("test.skip").Value.String() != "" {
		return // somebody knows better
	}
	if err := flag.Set("test.skip", "^("+strings.Join(names, "|")+")$"); err != nil {
		panic(err)
	}
}

// TestUnsimulatedTestsAreThere keeps the list to tests that there are, each once.
func TestUnsimulatedTestsAreThere(t *testing.T) {
	sources, err := os.ReadDir(".")
	must(t, err)
	known := make(map[string]bool)
	test := regexp.MustCompile(`(?m)^func ((?:Test|Example)\w*)\(`)
	for _, s := range sources {
		if !strings.HasSuffix(s.Name(), "_test.go") {
			continue
		}
		text, err := os.ReadFile(s.Name())
		must(t, err)
		for _, m := range test.FindAllSubmatch(text, -1) {
			known[string(m[1])] = true
		}
	}
	for _, u := range unsimulated {
		for name := range strings.FieldsSeq(u.tests) {
			if !known[name] {
				t.Errorf("%s is no test, or is twice in the list", name)
			}
			delete(known, name)
		}
	}
}
