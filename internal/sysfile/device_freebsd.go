package sysfile

var major, minor, joinDevice = major64, minor64, join64
