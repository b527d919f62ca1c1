package devno

var major, minor, join = major64, minor64, join64
