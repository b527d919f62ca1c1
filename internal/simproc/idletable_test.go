package simproc

import (
	"bytes"
	"errors"
	"testing"
)

func TestSetMutexesWantsOneTable(t *testing.T) {
	for _, table := range idleTables {
		data := bytes.Join([][]byte{{7, 7, 7}, table.bytes(), {9, 9}}, nil)
		if err := setMutexes(data); err != nil {
			t.Fatalf("%s: %v", table.releases, err)
		}
		want := table.bytes()
		for _, reason := range table.mutexes {
			want[reason] = 1
		}
		if !bytes.Equal(data[3:3+idleReasons], want) || data[2] != 7 || data[3+idleReasons] != 9 {
			t.Errorf("%s: table is %v", table.releases, data)
		}
		if err := setMutexes(data); !errors.Is(err, errNoTable) {
			t.Errorf("%s: a second time: %v", table.releases, err)
		}
	}
}

func TestSetMutexesRefusesTwo(t *testing.T) {
	for _, other := range idleTables {
		data := append(idleTables[0].bytes(), other.bytes()...)
		before := bytes.Clone(data)
		if err := setMutexes(data); !errors.Is(err, errTwoTables) || !bytes.Equal(data, before) {
			t.Errorf("two tables: %v, %v", err, data)
		}
	}
}
