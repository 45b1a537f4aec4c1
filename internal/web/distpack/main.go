// Command distpack packs the pages' files, as `npm run build` in console/ made them, into
// the archive that the server carries: a third of their size, and fit to be sent as it is.
// The same files make the same archive.
package main

import (
	"archive/zip"
	"io"
	"io/fs"
	"log"
	"os"

	"github.com/klauspost/compress/flate"
)

func main() {
	if err := pack(os.DirFS("dist")); err != nil {
		log.Fatal(err)
	}
}

// pack writes all files of a folder, by name, without the times of anything.
func pack(files fs.FS) error {
	out, err := os.Create("dist.zip")
	if err != nil {
		return err
	}
	z := zip.NewWriter(out)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestCompression) })
	err = fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		return add(z, files, name)
	})
	if err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	return out.Close()
}

func add(z *zip.Writer, files fs.FS, name string) error {
	text, err := fs.ReadFile(files, name)
	if err != nil {
		return err
	}
	w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate})
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}
