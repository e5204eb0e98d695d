// Runs the runtime's side of NRI, as containerd uses it, driven by JSON: one command on each line of stdin, one answer on each line of stdout.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	nri "github.com/containerd/nri/pkg/adaptation"
	"github.com/containerd/nri/pkg/api"
)

type command struct {
	Op, Socket, Name, Version string
	// For start: the number of pods, and the length of each one's annotation; whether the runtime's own validator is on.
	Pods, Length int
	Validator    bool
	Env, Args    []string
	// For create: the pod's annotations; by default those of the other commands' pod.
	Annotations map[string]string
	TimeoutMs   int
}

type answer struct {
	Error      string                   `json:"error"`
	Adjust     *api.ContainerAdjustment `json:"adjust,omitempty"`
	Updated    []string                 `json:"updated"`
	SyncUpdate int                      `json:"sync_update"`
}

var (
	runtime *nri.Adaptation
	updated []string
	synced  int
	pod     = &api.PodSandbox{Id: "pod", Name: "pod", Uid: "uid", Namespace: "default", Annotations: map[string]string{"a": "b"}}
)

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 8<<20)
	for lines.Scan() {
		var c command
		a := answer{}
		err := json.Unmarshal(lines.Bytes(), &c)
		if err == nil {
			a.Adjust, err = run(c)
		}
		if err != nil {
			a.Error = err.Error()
		}
		a.Updated, a.SyncUpdate = updated, synced
		line, _ := json.Marshal(a)
		fmt.Println(string(line))
	}
}

func run(c command) (*api.ContainerAdjustment, error) {
	ctx := context.Background()
	container := &api.Container{Id: "container", PodSandboxId: "pod", Name: "main", Env: c.Env, Args: c.Args}
	switch c.Op {
	case "start":
		if c.TimeoutMs > 0 {
			nri.SetPluginRequestTimeout(time.Duration(c.TimeoutMs) * time.Millisecond)
		}
		var pods []*api.PodSandbox
		for i := 0; i < c.Pods; i++ {
			pods = append(pods, &api.PodSandbox{Id: fmt.Sprint(i), Annotations: map[string]string{"long": strings.Repeat("x", c.Length)}})
		}
		synchronize := func(ctx context.Context, call nri.SyncCB) error {
			updates, err := call(ctx, pods, nil)
			synced = len(updates)
			return err
		}
		update := func(_ context.Context, updates []*api.ContainerUpdate) ([]*api.ContainerUpdate, error) {
			for _, u := range updates {
				updated = append(updated, u.ContainerId)
			}
			return updates[1:], nil
		}
		options := append(validator(c.Validator), nri.WithSocketPath(c.Socket), nri.WithPluginPath(c.Socket+".plugins"), nri.WithPluginConfigPath(c.Socket+".conf"))
		var err error
		if runtime, err = nri.New(c.Name, c.Version, synchronize, update, options...); err != nil {
			return nil, err
		}
		return nil, runtime.Start()
	case "stop":
		runtime.Stop()
		return nil, os.Remove(c.Socket)
	case "create":
		of := pod
		if c.Annotations != nil {
			of = &api.PodSandbox{Id: "pod", Name: "pod", Uid: "uid", Namespace: "default", Annotations: c.Annotations}
		}
		response, err := runtime.CreateContainer(ctx, &api.CreateContainerRequest{Pod: of, Container: container})
		if err != nil {
			return nil, err
		}
		return response.Adjust, nil
	case "update":
		_, err := runtime.UpdateContainer(ctx, &api.UpdateContainerRequest{Pod: pod, Container: container})
		return nil, err
	case "stop-container":
		_, err := runtime.StopContainer(ctx, &api.StopContainerRequest{Pod: pod, Container: container})
		return nil, err
	}
	return nil, notice(ctx, c.Op, container)
}
