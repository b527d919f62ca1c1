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
	{"a simulated descriptor is none of the kernel's", "TestAConnThatOthersRead TestAcceptOnABlockingListenerStopsNothing TestAdoptAConnectionThatWasReset " +
		"TestAdoptConn TestAdoptDatagrams TestAdoptListener TestAdoptOnTheDefaultIO TestAdoptOurOwn " +
		"TestAdoptRefuses TestAdoptedFileGoesOn TestAdoptedPipe TestAdoptedPipeGoesOnInBlockingMode " +
		"TestCallsAtOnceAreOneBatch TestCallsOfManyGoroutinesCombine TestCancelOfTheRestOfARead " +
		"TestCloseNeedsNoRoomInTheQueue TestConnCarriesDescriptors TestConnCloseThatLingersIsNotTheLoops " +
		"TestConnectionsDiscardWhatNobodyTakes TestConnectionsHaveNetsOptions " +
		"TestControlHooksAreToldWhatNetsAre TestCopyToAFileThatAppendsByNow TestDescriptorOutlivesItsIO " +
		"TestDialControlHooks TestDialFromALocalAddress TestDialWithFallbackFailsWithTheFirstVersionsError " +
		"TestExtremeDeadlines TestFileIsAnotherDescriptor TestFileSetsNoOptions TestFileTurnsBlockingAsNets " +
		"TestFilesAreGivenAwayInTheModeOfOS TestFlagsOfWhatIsOpenedAtOnce TestForeignCloseOfALoopsDescriptor " +
		"TestListenControlHook TestListenOnBothVersions TestListenPacketIsWhereNetIs " +
		"TestMessagesTellWhereTheyComeFrom TestModeOfWhatIsHandedOut TestMulticastArrives " +
		"TestMultipathDialFailsAsNets TestMultipathIsUsedAsByNet TestNoDescriptorIsInherited TestNoDescriptorIsLeft TestNoDescriptorLeft " +
		"TestOSFileOfWhatIsClosed TestOpenAtTheLimitOfDescriptors TestPacketMessages " +
		"TestPacketsCarryDescriptors TestPeerHasAllSoTheCallIsWhole TestPeerSeesTheEndAfterClose " +
		"TestRawConnReadsAndWrites TestRawConnWriteWaits TestRawListener " +
		"TestReadInBlockingModeBesideAnotherReader TestReadInBlockingModeEnds TestReadsWhileThreadsEnd " +
		"TestTimeoutSetByACombiner TestTransfersGoOnInEitherMode TestUrgentDataHoldsUpNoRead " +
		"TestWriteInBlockingModeEnds"},
	{"it compares with net or os on one address, socket or path", "TestAddressFormsFailAsNets TestAllocationsAreNetsAndOS TestDialByAddressIsWhereNetIs " +
		"TestDialFailsAsNetDoes TestDialTracesAsNet TestKeepAliveOptionsAreNets TestListenFailsAsNetDoes " +
		"TestMulticastFailsAsNets TestOptionsAreNets TestOptionsFailAsNets TestOptionsOfDatagrams " +
		"TestSameFileOfEitherPackage TestUnixgramByAddress TestUnixgramHalfClose"},
	{"no FIFOs, devices, /proc, leases or programs on a simulated disk", "TestAbandonedOpenOfAFIFO TestCloseEndsABlockedRead TestCloseEndsTheOpenOfAFIFO " +
		"TestCloseRacesWithTheIOs TestCloseWaitsForNoWorker TestContextEndsABlockedRead " +
		"TestCopiesBetweenFilesAreOs TestDeadlineEndsABlockedRead TestDeadlineMovesUnderABlockedRead " +
		"TestDevicesAreOs TestDirectIO TestNothingForTheRaceDetectorIsBuiltIn TestNothingIsHeldAfterClose " +
		"TestNothingIsHeldAfterCloseFD TestNothingIsHeldAfterTheIOIsClosed TestOpenOfAFIFOLosesNoWriter " +
		"TestOpenOfAFIFOSeesASilentWriter TestOpenOfAFIFOWaits TestOpenOfDevices TestOpenWaitsForALease " +
		"TestRawFile TestReadsOfABlockDevice TestReadsOfFilesOfTheKernel TestStreamsHaveNoPosition TestSyncsThatCannotBe " +
		"TestTenThousandBlockedCallsNeedNoThreads TestTenThousandBlockedFIFOReads TestTenThousandFileReads " +
		"TestTenThousandIdleConnectionsEndByTheirContext TestTenThousandIdleConnectionsEndByTheirDeadline " +
		"TestTreeIsOs"},
	{"no call of a simulated host is a thread's", "TestCallsOnPathsAreLeft TestKindsCountCallsThatAreLeft TestOpenOnThread TestReadsOfWhatIsCachedInPart " +
		"TestReadsOfWhatIsCachedStayWithTheCaller TestReadsThatCannotBe TestReadsWhileTheFileChanges " +
		"TestWaitsForOthersEnd"},
	{"a simulated IO has one loop", "TestLoopsDoNotShareThePosition TestLoopsHaveTheirProactors TestLoopsServeWhatIsTheirs " +
		"TestLoopsShareCallsOnAFile TestLoopsShareCallsOnNoDescriptor TestNoticeOfALoopThatStandsStill " +
		"TestNoticesOfTheLoops TestOperationsNameALoopThatStandsStill"},
	{"the simulator allocates, and cleans up nothing that is forgotten", "TestBlockingCallsDoNotAllocate TestConnCallsDoNotAllocate TestForgottenConnIsClosed"},
	{"no os.Root of a simulated tree", "TestFilesOfARootAreOurs TestRootsAreTheSame TestTreeFunctions TestTreesWithAContext TestTreesWithoutDescriptors " +
		"ExampleIO_OpenRoot ExampleOpenInRoot ExampleOpenInRootContext ExampleOpenRoot ExampleOpenRootContext ExampleRoot ExampleRoot_FS ExampleRoot_FSContext ExampleRoot_ChmodContext ExampleRoot_CreateContext " +
		"ExampleRoot_OpenFileContext ExampleRoot_OpenRoot ExampleRoot_StatContext"},
	{"a child process, FUSE or a limit of the process", "TestDialWithoutAProactor TestAppendThatComesShort TestConfigureDefault TestConfigureDefaultRacesWithUse TestSyncsThatAreLeft"},
	{"a lock of the simulator orders what the race detector is to be told of", "TestConnWritesHappenBeforeReads " +
		"TestDatagramWritesHappenBeforeReads TestFileCopiesHappenBeforeReads TestFileWritesHappenBeforeReads " +
		"TestSendsOnDescriptorsHappenBeforeReads TestUnixDatagramWritesHappenBeforeReads TestWritesHappenBeforeConnReads " +
		"TestWritesHappenBeforeDatagramsAreRead TestWritesHappenBeforeFileReads TestWritesHappenBeforeReceivesOnDescriptors"},
	{"an example starts an IO of the kernel's", "ExampleConfig_onNotice ExampleConfigureDefault ExampleIO_BackendsPassed " +
		"ExampleIO_Choice ExampleIO_Close ExampleIO_Kinds ExampleIO_Loops ExampleIO_Mounts ExampleIO_Operations ExampleIO_Shutdown " +
		"ExampleIO_Stats ExampleStart"},
	{"an example has its sockets from package unix or net, or its files from package os", "Example ExampleAdoptFile ExampleAdoptListener ExampleAdoptPacketConn ExampleConn_SetKeepAliveConfig ExampleConn_SyscallConn ExampleAll ExampleBuffer ExampleFile_Fd ExampleIO_AdoptConn ExampleIO_AdoptFile ExampleConn_WriteMsgUnix ExamplePacketConn_WriteMsgUnix " +
		"ExampleDialUnix ExampleDialUnixgram ExampleFileConfig_lending ExampleFile_AppendDatasync ExampleFile_AppendSync " +
		"ExampleFile_AppendVDatasync ExampleFile_AppendVSync ExampleFile_OSFile ExampleFile_ReadBufferAt " +
		"ExampleFile_SetDeadline_regular ExampleFile_WriteAtDatasync ExampleFile_WriteAtSync ExampleFile_WriteBufferAt " +
		"ExampleFuture_Await ExampleIO_Accept ExampleIO_Async ExampleIO_CloseFD ExampleIO_Connect ExampleIO_Fsync " +
		"ExampleIO_OpenAt ExampleIO_Poll ExampleIO_ProactorOf ExampleIO_Read ExampleIO_Recv ExampleIO_RecvMsgWithTimeout " +
		"ExampleIO_RecvWithTimeout ExampleIO_Send ExampleIO_SendMsg ExampleIO_SendMsgWithTimeout ExampleIO_SendWithTimeout " +
		"ExampleIO_ShutdownSocket ExampleIO_Statx ExampleIO_Write ExampleListener_File ExamplePacketConn_ReadMsgUDP ExampleRace"},
}

// skipUnsimulated has the tests of unsimulated skipped, and prints how many and why; with -v
// it prints which.
func skipUnsimulated() {
	fmt.Println("PROACTOR_BACKEND=sim leaves out:")
	var names []string
	for _, u := range unsimulated {
		tests := strings.Fields(u.tests)
		fmt.Printf("%5d  %s\n", len(tests), u.why)
		if testing.Verbose() {
			fmt.Printf("       %s\n", strings.Join(tests, " "))
		}
		names = append(names, tests...)
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
