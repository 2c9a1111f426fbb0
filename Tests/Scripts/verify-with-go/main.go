// Checks what flperf hands out with none of flperf's code: Go's own golang.org/x/mod/sumdb, which is what the Go command
// checks its module downloads with.
//
//	verify-with-go VERIFIER-KEY FOLDER ENTRY-PROOF ENTRY GROWTH-PROOF
//
// FOLDER is an export in the form of c2sp.org/tlog-tiles. The proofs are as `flperf log prove` prints them, ENTRY is the
// event that the first is of. Prints what holds; the first thing that does not ends it with status 1.
package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const tileWidth = 256

// A checkpoint is the text of a note that was signed by the key.
type checkpoint struct {
	origin string
	size   int64
	root   tlog.Hash
}

func main() {
	if len(os.Args) != 6 {
		fail("usage: verify-with-go VERIFIER-KEY FOLDER ENTRY-PROOF ENTRY GROWTH-PROOF")
	}
	verifier, err := note.NewVerifier(os.Args[1])
	check(err, "read the verifier key")
	folder := os.Args[2]

	exported := openCheckpoint(read(filepath.Join(folder, "checkpoint")), verifier)
	fmt.Printf("checkpoint: signed by %s, %d events\n", verifier.Name(), exported.size)

	hashes := hashEntries(folder, exported.size)
	root, err := tlog.TreeHash(exported.size, hashes)
	check(err, "compute the root")
	expect(root == exported.root, "the entries have the root %v, the checkpoint %v", root, exported.root)
	fmt.Printf("entries: their root is the checkpoint's, %v\n", root)

	count := checkTiles(folder, exported.size, hashes)
	fmt.Printf("tiles: %d hashes, each the one that follows from the entries\n", count)

	checkEntry(string(read(os.Args[3])), read(os.Args[4]), verifier, exported)
	checkGrowth(string(read(os.Args[5])), verifier, exported)
}

func openCheckpoint(message []byte, verifier note.Verifier) checkpoint {
	opened, err := note.Open(message, note.VerifierList(verifier))
	check(err, "open the checkpoint")
	lines := strings.Split(opened.Text, "\n")
	expect(len(lines) >= 4, "the checkpoint has too few lines")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(err, "read the checkpoint's size")
	root, err := tlog.ParseHash(lines[2])
	check(err, "read the checkpoint's root")
	return checkpoint{lines[0], size, root}
}

// hashEntries makes all hashes of the tree from the bundles of entries, and nothing else.
func hashEntries(folder string, size int64) tlog.HashReader {
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var list []tlog.Hash
		for _, index := range indexes {
			list = append(list, stored[index])
		}
		return list, nil
	})
	for first := int64(0); first < size; first += tileWidth {
		width := min(tileWidth, size-first)
		bundle := read(filepath.Join(folder, "tile", "entries", tilePath(first/tileWidth, width)))
		for index := first; index < first+width; index++ {
			expect(len(bundle) >= 2, "the bundle of entry %d ends before it", index)
			length := int(binary.BigEndian.Uint16(bundle))
			expect(len(bundle) >= 2+length, "entry %d is cut off", index)
			made, err := tlog.StoredHashes(index, bundle[2:2+length], reader)
			check(err, "hash an entry")
			stored = append(stored, made...)
			bundle = bundle[2+length:]
		}
		expect(len(bundle) == 0, "%d bytes follow entry %d", len(bundle), first+width-1)
	}
	return reader
}

// checkTiles compares every hash of every tile.
func checkTiles(folder string, size int64, hashes tlog.HashReader) int64 {
	count := int64(0)
	for level, nodes := 0, size; nodes > 0; level, nodes = level+1, nodes/tileWidth {
		for first := int64(0); first < nodes; first += tileWidth {
			width := min(tileWidth, nodes-first)
			path := filepath.Join(folder, "tile", strconv.Itoa(level), tilePath(first/tileWidth, width))
			content := read(path)
			expect(int64(len(content)) == width*tlog.HashSize, "%s has %d bytes", path, len(content))
			for place := int64(0); place < width; place++ {
				expected, err := hashes.ReadHashes([]int64{tlog.StoredHashIndex(8*level, first+place)})
				check(err, "read a hash")
				found := content[place*tlog.HashSize : (place+1)*tlog.HashSize]
				expect(string(found) == string(expected[0][:]), "hash %d of %s is another", place, path)
				count++
			}
		}
	}
	return count
}

func checkEntry(text string, entry []byte, verifier note.Verifier, exported checkpoint) {
	lines, proven := openProof(text, "c2sp.org/tlog-proof@v1", verifier, exported)
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[0], "index "), 10, 64)
	check(err, "read the proof's index")
	err = tlog.CheckRecord(parseHashes(lines[1:]), proven.size, proven.root, index, tlog.RecordHash(entry))
	check(err, "check the inclusion proof")
	fmt.Printf("inclusion: the entry is leaf %d of %d\n", index, proven.size)
}

func checkGrowth(text string, verifier note.Verifier, exported checkpoint) {
	lines, proven := openProof(text, "flperf.local/consistency-proof@v1", verifier, exported)
	from := strings.Split(lines[0], " ")
	expect(len(from) == 3 && from[0] == "from", "the proof lacks the earlier size and root")
	size, err := strconv.ParseInt(from[1], 10, 64)
	check(err, "read the earlier size")
	root, err := tlog.ParseHash(from[2])
	check(err, "read the earlier root")
	err = tlog.CheckTree(parseHashes(lines[1:]), proven.size, proven.root, size, root)
	check(err, "check the consistency proof")
	fmt.Printf("consistency: the tree of %d leaves extends that of %d\n", proven.size, size)
}

// openProof parts a proof's lines from its checkpoint, which must be the exported one.
func openProof(text, header string, verifier note.Verifier, exported checkpoint) ([]string, checkpoint) {
	end := strings.Index(text, "\n\n")
	expect(end > 0, "the proof has no checkpoint")
	lines := strings.Split(text[:end], "\n")
	expect(lines[0] == header && len(lines) > 1, "the proof begins with '%s'", lines[0])
	proven := openCheckpoint([]byte(text[end+2:]), verifier)
	expect(proven == exported, "the proof is of another checkpoint than the exported one")
	return lines[1:], proven
}

func parseHashes(lines []string) []tlog.Hash {
	var hashes []tlog.Hash
	for _, line := range lines {
		hash, err := tlog.ParseHash(line)
		check(err, "read a hash of the proof")
		hashes = append(hashes, hash)
	}
	return hashes
}

// tilePath is a tile's number as the file names have it.
func tilePath(index, width int64) string {
	path := fmt.Sprintf("%03d", index%1000)
	for index /= 1000; index > 0; index /= 1000 {
		path = fmt.Sprintf("x%03d/%s", index%1000, path)
	}
	if width < tileWidth {
		path = fmt.Sprintf("%s.p/%d", path, width)
	}
	return path
}

func min(a, b int64) int64 {
	if a < b {
		return a
	}
	return b
}

func read(path string) []byte {
	content, err := os.ReadFile(path)
	check(err, "read a file")
	return content
}

func check(err error, doing string) {
	if err != nil {
		fail("could not %s: %v", doing, err)
	}
}

func expect(holds bool, format string, values ...any) {
	if !holds {
		fail(format, values...)
	}
}

func fail(format string, values ...any) {
	fmt.Fprintf(os.Stderr, "verify-with-go: "+format+"\n", values...)
	os.Exit(1)
}
