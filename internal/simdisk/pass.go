//go:build unix

package simdisk

// A pass goes along what is unsynced, in order, and makes an image of it: choose says of each
// part that may be kept or lost whether it is kept. A part is not asked about if it needs
// another that is lost. Parts that are needed come first, so that all sets that the model
// allows can be chosen, and no others.
type pass struct {
	image  tree
	model  Model
	sector int64
	choose func() bool

	files       map[uint64]*remains
	sectors     map[sectorOf]bool // of which a write is lost
	names       map[entry]bool    // of which a change is lost; without what they lead to
	dirs        map[uint64]bool   // in which a name's change is lost
	journalLost bool
	movesLost   bool // of directories
}

type sectorOf struct {
	ino    uint64
	number int64
}

// remains are what a pass has lost of a file.
type remains struct {
	from      int64 // offset from which on no byte can be kept any more
	size      bool  // a size
	attr      bool
	bytes     bool // some of a write
	toRename  bool // bytes that ext4 brings along with a rename
	truncated bool
}

func newPass(model Model, sector int64, stable *tree, choose func() bool) *pass {
	return &pass{
		image: stable.clone(), model: model, sector: sector, choose: choose,
		files: map[uint64]*remains{}, sectors: map[sectorOf]bool{}, names: map[entry]bool{}, dirs: map[uint64]bool{},
	}
}

func (p *pass) file(ino uint64) *remains {
	r := p.files[ino]
	if r == nil {
		r = &remains{from: SizeMax}
		p.files[ino] = r
	}
	return r
}

// run makes the image.
func (p *pass) run(effects []*effect) tree {
	for _, e := range effects {
		switch {
		case e.naming != nil:
			p.rename(e)
		case e.attr != nil:
			p.setAttributes(e)
		case e.data != nil:
			p.write(e)
		default:
			p.truncate(e)
		}
	}
	for ino := range p.files {
		if n := p.image.edit(ino); n != nil {
			n.resize(n.size, 0) // bytes beyond the size are not to be seen again
		}
	}
	return p.image
}

// keeps decides on what the journal has, if there is one, in order.
func (p *pass) keeps(allowed bool) bool {
	if p.model.journaled() {
		kept := allowed && !p.journalLost && p.choose()
		p.journalLost = !kept
		return kept
	}
	return allowed && p.choose()
}

func (p *pass) rename(e *effect) {
	n := e.naming
	allowed := !(p.model == Ext4 && n.brings != 0 && p.file(n.brings).toRename)
	if !p.model.journaled() {
		allowed = !(n.moves && p.movesLost) && !(n.removes != 0 && p.dirs[n.removes])
		for _, en := range n.entries {
			allowed = allowed && !p.names[entry{dir: en.dir, name: en.name}]
		}
	}
	if p.keeps(allowed) {
		p.image.rename(n, e.when)
		return
	}
	p.movesLost = p.movesLost || n.moves
	for _, en := range n.entries {
		p.names[entry{dir: en.dir, name: en.name}] = true
		p.dirs[en.dir] = true
	}
}

func (p *pass) setAttributes(e *effect) {
	r := p.file(e.ino)
	if !p.keeps(!r.attr) {
		r.attr = true
	} else if n := p.image.edit(e.ino); n != nil {
		n.attributes = *e.attr
	}
}

func (p *pass) truncate(e *effect) {
	r := p.file(e.ino)
	n := p.image.edit(e.ino)
	if p.keeps(!r.truncated && !(p.model == XFS && r.size && n != nil && e.size > n.size)) {
		if n != nil {
			n.resize(e.size, e.seq)
		}
		*r = remains{from: SizeMax, attr: r.attr}
		return
	}
	r.from = min(r.from, e.size)
	r.size, r.truncated = true, true
}

// write keeps or loses the sectors of a write, and then sizes.
func (p *pass) write(e *effect) {
	r := p.file(e.ino)
	n := p.image.edit(e.ino)
	if n == nil {
		return
	}
	for s := e.off / p.sector; s*p.sector < e.end(); s++ {
		begin, end := max(e.off, s*p.sector), min(e.end(), (s+1)*p.sector)
		if p.model.journaled() && begin >= e.was {
			break // comes with the size
		}
		k := sectorOf{e.ino, s}
		if end <= r.from && !p.sectors[k] && p.choose() {
			n.write(e.data[begin-e.off:end-e.off], begin, e.seq)
			continue
		}
		p.sectors[k] = true
		r.bytes = true
	}
	if e.grows() {
		p.grow(n, r, e)
	}
	if r.bytes && (e.fresh || e.grows()) {
		r.toRename = true
	}
}

// grow keeps or loses the sizes that a write makes, page by page as they are written back.
func (p *pass) grow(n *node, r *remains, e *effect) {
	for from := max(e.was, e.off); from < e.end(); {
		to := min(e.end(), (from/pageSize+1)*pageSize)
		if !p.growsTo(r, e, from) {
			r.size = true
			if p.model.journaled() {
				r.bytes = true
				r.from = min(r.from, from)
			}
			return
		}
		if p.model.journaled() {
			n.write(e.data[from-e.off:to-e.off], from, e.seq)
		}
		n.size = max(n.size, to)
		from = to
	}
}

// growsTo decides on a step of a size. With a journal it comes after all names before it,
// and after the bytes in it: those of the sector that the old end is in among them.
func (p *pass) growsTo(r *remains, e *effect, from int64) bool {
	if r.size {
		return false
	}
	if p.model.journaled() && (p.journalLost || p.sectors[sectorOf{e.ino, from / p.sector}]) {
		return false
	}
	return p.choose()
}
