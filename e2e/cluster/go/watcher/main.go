// Watcher says when the directory of a ConfigMap's volume changes, as programs with fsnotify notice it.
package main

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/fsnotify/fsnotify"
)

func main() {
	directory := os.Args[1]
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		log.Fatal(err)
	}
	if err := watcher.Add(directory); err != nil {
		log.Fatal(err)
	}
	fmt.Println("ready")
	for event := range watcher.Events {
		if filepath.Base(event.Name) != "..data" || !event.Has(fsnotify.Create) {
			continue
		}
		generation, err := os.ReadFile(filepath.Join(directory, "generation"))
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("generation %s\n", generation)
	}
}
