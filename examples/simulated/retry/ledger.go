package retry

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/examples/simulated/wal"
)

// An Entry is a payment that was made, as the bank's disk keeps it.
type Entry struct {
	Payment
	Key string // of the request; a payment and its key are safe together or not at all
}

// A Payment is what a client asks for.
type Payment struct {
	Order  string // what it is for
	Amount int
}

// ledgerDir is where a bank keeps its entries.
const ledgerDir = "/payments"

// A ledger has the payments that a bank has made, and the answers to them.
type ledger struct {
	bank Bank

	mu      sync.Mutex // held across a sync: a key that is known is safe
	log     *wal.Log
	answers map[string]int // the balance after the payment of each key
	balance int
}

// openLedger reads the payments that the bank has made before.
func openLedger(io *await.IO, b Bank) (*ledger, error) {
	log, entries, err := openLog(io, b.NoSync)
	if err != nil {
		return nil, err
	}
	l := &ledger{bank: b, log: log, answers: map[string]int{}}
	for _, e := range entries {
		l.take(e)
	}
	return l, nil
}

// ReadLedger returns the payments on a disk, in the order in which they were made. No bank may run
// on the disk meanwhile.
func ReadLedger(io *await.IO) ([]Entry, error) {
	log, entries, err := openLog(io, false)
	if err != nil {
		return nil, err
	}
	return entries, log.Close()
}

func openLog(io *await.IO, noSync bool) (*wal.Log, []Entry, error) {
	log, texts, err := wal.Open(io, ledgerDir, wal.Options{NoSync: noSync})
	if err != nil {
		return nil, nil, err
	}
	entries := make([]Entry, len(texts))
	for i, text := range texts {
		if err := json.Unmarshal(text, &entries[i]); err != nil {
			return nil, nil, errors.Join(fmt.Errorf("entry %d: %w", i, err), log.Close())
		}
	}
	return log, entries, nil
}

// pay makes a payment, unless it was made before under the same key, and returns the balance after it.
func (l *ledger) pay(key string, p Payment) (balance int, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if balance, known := l.answers[key]; known && !l.bank.NoCheck {
		if l.bank.Repeated != nil {
			l.bank.Repeated()
		}
		return balance, nil
	}
	e := Entry{Payment: p, Key: key}
	text, err := json.Marshal(e)
	if err != nil {
		return 0, err
	}
	if err := l.log.Append(text); err != nil {
		return 0, err
	}
	return l.take(e), nil
}

func (l *ledger) take(e Entry) (balance int) {
	l.balance += e.Amount
	if e.Key != "" { // without a key each request is a new one
		l.answers[e.Key] = l.balance
	}
	return l.balance
}
