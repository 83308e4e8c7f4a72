// Checks a log made by Craton with the Go checksum database's code, which shares nothing with it:
// golang.org/x/mod/sumdb/note and golang.org/x/mod/sumdb/tlog. The folder named on the command line
// is made by write-fixtures.ts or write-published.ts. Each check prints one line; the last line is "done".
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Tiles are 2^8 hashes wide.
const tileHeight = 8

type index struct {
	Origin           string
	LogVkey          string `json:"log_vkey"`
	WitnessName      string `json:"witness_name"`
	WitnessPublicKey []byte `json:"witness_public_key"`
	CosignedAt       uint64 `json:"cosigned_at"`
	Sizes            []int64
	Inclusion        []struct {
		Index, Size int64
		Hashes      []tlog.Hash
	}
	Consistency []struct {
		Size1, Size2 int64
		Hashes       []tlog.Hash
	}
}

// stranger is what is known after reading the folder, before anything is believed.
type stranger struct {
	folder string
	index  index
	// Computed from the entries by Go's code alone.
	stored []tlog.Hash
	// Of the checkpoints, by size.
	roots map[int64]tlog.Hash
}

func main() {
	s := &stranger{folder: os.Args[1], roots: map[int64]tlog.Hash{}}
	data, err := os.ReadFile(filepath.Join(s.folder, "index.json"))
	if err == nil {
		err = json.Unmarshal(data, &s.index)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	report("checkpoints are opened by note.Open", s.openCheckpoints())
	report("a changed checkpoint is refused by note.Open", s.refuseChangedCheckpoints())
	report("cosignatures verify, and note.Open takes them beside the log's", s.openCosigned())
	report("entries hash to the roots of all checkpoints", s.hashEntries())
	report("tiles are byte for byte those of tlog.ReadTileData", s.compareTiles())
	report("tiles are authenticated by tlog.TileHashReader", s.authenticateTiles())
	report("a changed tile is refused by tlog.TileHashReader", s.refuseChangedTiles())
	report("inclusion proofs pass tlog.CheckRecord and equal tlog.ProveRecord", s.checkInclusion())
	report("consistency proofs pass tlog.CheckTree and equal tlog.ProveTree", s.checkConsistency())
	fmt.Println("done")
}

func report(name string, err error) {
	if err != nil {
		fmt.Printf("FAIL %s: %v\n", name, err)
		return
	}
	fmt.Printf("ok %s\n", name)
}

func (s *stranger) read(path string) ([]byte, error) {
	return os.ReadFile(filepath.Join(s.folder, filepath.FromSlash(path)))
}

func (s *stranger) openCheckpoints() error {
	verifier, err := note.NewVerifier(s.index.LogVkey)
	if err != nil {
		return err
	}
	for _, size := range s.index.Sizes {
		message, err := s.read(fmt.Sprintf("checkpoint/%d", size))
		if err != nil {
			return err
		}
		opened, err := note.Open(message, note.VerifierList(verifier))
		if err != nil {
			return fmt.Errorf("size %d: %w", size, err)
		}
		if len(opened.Sigs) != 1 || opened.Sigs[0].Name != s.index.Origin {
			return fmt.Errorf("size %d: not signed in the name of the origin", size)
		}
		root, err := parseCheckpoint(opened.Text, s.index.Origin, size)
		if err != nil {
			return err
		}
		s.roots[size] = root
	}
	return nil
}

func parseCheckpoint(text, origin string, size int64) (tlog.Hash, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[0] != origin || lines[1] != strconv.FormatInt(size, 10) || lines[3] != "" {
		return tlog.Hash{}, fmt.Errorf("size %d: the text is no checkpoint", size)
	}
	return tlog.ParseHash(lines[2])
}

func (s *stranger) refuseChangedCheckpoints() error {
	verifier, err := note.NewVerifier(s.index.LogVkey)
	if err != nil {
		return err
	}
	message, err := s.read(fmt.Sprintf("checkpoint/%d", s.index.Sizes[0]))
	if err != nil {
		return err
	}
	// Up to the end of the log's own signature: the line after it is a stranger's.
	end := bytes.Index(message, []byte("\n\u2014 "+s.index.WitnessName))
	for at := 0; at < end; at++ {
		changed := append([]byte(nil), message...)
		changed[at] ^= 1
		opened, err := note.Open(changed, note.VerifierList(verifier))
		if err == nil {
			return fmt.Errorf("byte %d: opened as %q", at, opened.Text)
		}
	}
	return nil
}

// cosigner verifies timestamped Ed25519 cosignatures (C2SP tlog-cosignature, type 0x04).
type cosigner struct {
	name string
	key  ed25519.PublicKey
	at   uint64
}

func (c cosigner) Name() string { return c.name }

func (c cosigner) KeyHash() uint32 {
	sum := sha256.Sum256(append([]byte(c.name+"\n\x04"), c.key...))
	return binary.BigEndian.Uint32(sum[:])
}

func (c cosigner) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize || binary.BigEndian.Uint64(sig) != c.at {
		return false
	}
	signed := fmt.Sprintf("cosignature/v1\ntime %d\n%s", c.at, msg)
	return ed25519.Verify(c.key, []byte(signed), sig[8:])
}

func (s *stranger) openCosigned() error {
	verifier, err := note.NewVerifier(s.index.LogVkey)
	if err != nil {
		return err
	}
	witness := cosigner{s.index.WitnessName, s.index.WitnessPublicKey, s.index.CosignedAt}
	for _, size := range s.index.Sizes {
		message, err := s.read(fmt.Sprintf("checkpoint/%d", size))
		if err != nil {
			return err
		}
		opened, err := note.Open(message, note.VerifierList(verifier, witness))
		if err != nil {
			return fmt.Errorf("size %d: %w", size, err)
		}
		if len(opened.Sigs) != 2 || len(opened.UnverifiedSigs) != 0 {
			return fmt.Errorf("size %d: %d signatures", size, len(opened.Sigs))
		}
	}
	return nil
}

// ReadHashes answers from the hashes that were computed from the entries.
func (s *stranger) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		if x >= int64(len(s.stored)) {
			return nil, fmt.Errorf("hash %d is not stored", x)
		}
		hashes[i] = s.stored[x]
	}
	return hashes, nil
}

func (s *stranger) hashEntries() error {
	last := s.index.Sizes[len(s.index.Sizes)-1]
	for n := int64(0); n < last; {
		entries, err := s.readBundle(n, last)
		if err != nil {
			return err
		}
		for _, entry := range entries {
			hashes, err := tlog.StoredHashes(n, entry, s)
			if err != nil {
				return err
			}
			s.stored = append(s.stored, hashes...)
			n++
		}
	}
	for _, size := range s.index.Sizes {
		root, err := tlog.TreeHash(size, s)
		if err != nil {
			return err
		}
		if root != s.roots[size] {
			return fmt.Errorf("size %d: the root is %v, not %v", size, root, s.roots[size])
		}
	}
	return nil
}

// readBundle reads the entries of the bundle that begins with entry n in a log of this size.
func (s *stranger) readBundle(n, size int64) ([][]byte, error) {
	width := size - n
	if width > 1<<tileHeight {
		width = 1 << tileHeight
	}
	tile := tlog.Tile{H: tileHeight, L: 0, N: n >> tileHeight, W: int(width)}
	data, err := s.read(strings.Replace(path(tile), "tile/0/", "tile/entries/", 1))
	if err != nil {
		return nil, err
	}
	var entries [][]byte
	for len(data) >= 2 {
		length := int(binary.BigEndian.Uint16(data))
		if len(data) < 2+length {
			return nil, errors.New("a bundle is too short")
		}
		entries = append(entries, data[2:2+length])
		data = data[2+length:]
	}
	if len(data) != 0 || int64(len(entries)) != width {
		return nil, fmt.Errorf("a bundle holds %d entries instead of %d", len(entries), width)
	}
	return entries, nil
}

// path is the tile's path of C2SP tlog-tiles: Go's has the height in it.
func path(tile tlog.Tile) string {
	return strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/", tileHeight), "tile/", 1)
}

// tilesOf are the tiles that a log of this size must serve (C2SP tlog-tiles: Partial Tiles).
func tilesOf(size int64) (tiles []tlog.Tile) {
	for level := 0; size > 0; level, size = level+1, size>>tileHeight {
		for n := int64(0); n<<tileHeight < size; n++ {
			width := size - n<<tileHeight
			if width > 1<<tileHeight {
				width = 1 << tileHeight
			}
			tiles = append(tiles, tlog.Tile{H: tileHeight, L: level, N: n, W: int(width)})
		}
	}
	return tiles
}

func (s *stranger) compareTiles() error {
	for _, size := range s.index.Sizes {
		for _, tile := range tilesOf(size) {
			want, err := tlog.ReadTileData(tile, s)
			if err != nil {
				return err
			}
			got, err := s.read(path(tile))
			if err != nil {
				return err
			}
			if !bytes.Equal(got, want) {
				return fmt.Errorf("%s differs", path(tile))
			}
		}
	}
	return nil
}

// files is a TileReader over the folder. With tamper it changes one bit of every tile.
type files struct {
	*stranger
	tamper bool
}

func (f files) Height() int { return tileHeight }

func (f files) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	all := make([][]byte, len(tiles))
	for i, tile := range tiles {
		data, err := f.read(path(tile))
		if err != nil {
			return nil, err
		}
		if f.tamper {
			data[len(data)-1] ^= 1
		}
		all[i] = data
	}
	return all, nil
}

func (f files) SaveTiles([]tlog.Tile, [][]byte) {}

// readLeaves reads every sampled leaf through tiles that lead to the signed root.
func (s *stranger) readLeaves(size int64, reader tlog.TileReader) error {
	tree := tlog.Tree{N: size, Hash: s.roots[size]}
	hashes := tlog.TileHashReader(tree, reader)
	for _, claim := range s.index.Inclusion {
		if claim.Size != size {
			continue
		}
		read, err := hashes.ReadHashes([]int64{tlog.StoredHashIndex(0, claim.Index)})
		if err != nil {
			return err
		}
		if read[0] != s.stored[tlog.StoredHashIndex(0, claim.Index)] {
			return fmt.Errorf("leaf %d of %d differs", claim.Index, size)
		}
	}
	return nil
}

func (s *stranger) authenticateTiles() error {
	for _, size := range s.index.Sizes {
		if err := s.readLeaves(size, files{s, false}); err != nil {
			return fmt.Errorf("size %d: %w", size, err)
		}
	}
	return nil
}

func (s *stranger) refuseChangedTiles() error {
	for _, size := range s.index.Sizes {
		if s.readLeaves(size, files{s, true}) == nil {
			return fmt.Errorf("size %d: a changed tile was accepted", size)
		}
	}
	return nil
}

func (s *stranger) checkInclusion() error {
	for _, claim := range s.index.Inclusion {
		proof := tlog.RecordProof(claim.Hashes)
		root := s.roots[claim.Size]
		leaf := s.stored[tlog.StoredHashIndex(0, claim.Index)]
		if err := tlog.CheckRecord(proof, claim.Size, root, claim.Index, leaf); err != nil {
			return fmt.Errorf("leaf %d of %d: %w", claim.Index, claim.Size, err)
		}
		want, err := tlog.ProveRecord(claim.Size, claim.Index, s)
		if err != nil {
			return err
		}
		if fmt.Sprint(want) != fmt.Sprint(proof) {
			return fmt.Errorf("leaf %d of %d: another proof", claim.Index, claim.Size)
		}
		other := s.stored[tlog.StoredHashIndex(0, (claim.Index+1)%s.index.Sizes[8])]
		if tlog.CheckRecord(proof, claim.Size, root, claim.Index, other) == nil {
			return fmt.Errorf("leaf %d of %d: another leaf passes", claim.Index, claim.Size)
		}
	}
	return nil
}

func (s *stranger) checkConsistency() error {
	for _, claim := range s.index.Consistency {
		proof := tlog.TreeProof(claim.Hashes)
		older, newer := s.roots[claim.Size1], s.roots[claim.Size2]
		if err := tlog.CheckTree(proof, claim.Size2, newer, claim.Size1, older); err != nil {
			return fmt.Errorf("%d to %d: %w", claim.Size1, claim.Size2, err)
		}
		want, err := tlog.ProveTree(claim.Size2, claim.Size1, s)
		if err != nil {
			return err
		}
		if fmt.Sprint(want) != fmt.Sprint(proof) {
			return fmt.Errorf("%d to %d: another proof", claim.Size1, claim.Size2)
		}
		if tlog.CheckTree(proof, claim.Size2, newer, claim.Size1, tlog.Hash{}) == nil {
			return fmt.Errorf("%d to %d: another root passes", claim.Size1, claim.Size2)
		}
	}
	return nil
}
