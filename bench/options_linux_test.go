package main

import (
	"reflect"
	"strings"
	"testing"

	"github.com/awaitio/awaitio/internal/ablate"
)

func TestMechanisms(t *testing.T) {
	for names, want := range map[string][]ablate.Mechanism{
		"": nil, "spin": {ablate.Spin}, "taskrun,spin": {ablate.Taskrun, ablate.Spin}, "all": ablate.All(),
	} {
		if got, err := mechanisms(names); !reflect.DeepEqual(got, want) || err != nil {
			t.Errorf("%q is %v, %v", names, got, err)
		}
	}
	if _, err := mechanisms("spin,nonesuch"); err == nil || !strings.Contains(err.Error(), "batching") {
		t.Errorf("an unknown name: %v; want the list of all", err)
	}
}
