package readiness

func wantsNonblock(int) bool { return false }
