// A runtime's client as the kubelet is one, driven by commands on stdin: it creates containers and tells how long each took. One JSON
// object a line, in and out; bench/node has the other side of it.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// As long as the kubelet waits.
const patience = 2 * time.Minute

// The command from the parent; what a command does not need is absent.
type command struct {
	Do string `json:"do"`
	// Of run: the pod, and where its control group is to be.
	Namespace    string            `json:"namespace"`
	Name         string            `json:"name"`
	UID          string            `json:"uid"`
	Annotations  map[string]string `json:"annotations"`
	CgroupParent string            `json:"cgroup_parent"`
	// Of create and remove.
	Sandbox string   `json:"sandbox"`
	Image   string   `json:"image"`
	Command []string `json:"command"`
}

type program struct {
	runtime   cri.RuntimeServiceClient
	sandboxes map[string]*cri.PodSandboxConfig
	attempts  uint32
}

func main() {
	socket := flag.String("socket", "", "the runtime's socket")
	flag.Parse()
	connection, err := grpc.NewClient("unix://"+*socket, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		fail(err)
	}
	program := &program{runtime: cri.NewRuntimeServiceClient(connection), sandboxes: map[string]*cri.PodSandboxConfig{}}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var command command
		if err := json.Unmarshal(lines.Bytes(), &command); err != nil {
			fail(err)
		}
		answer, err := program.run(command)
		if err != nil {
			answer = map[string]any{"error": err.Error()}
		}
		if err := json.NewEncoder(os.Stdout).Encode(answer); err != nil {
			fail(err)
		}
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "cri-client:", err)
	os.Exit(1)
}

func (p *program) run(command command) (map[string]any, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	switch command.Do {
	case "version":
		version, err := p.runtime.Version(ctx, &cri.VersionRequest{})
		if err != nil {
			return nil, err
		}
		return map[string]any{"runtime": version.RuntimeName, "version": version.RuntimeVersion}, nil
	case "run":
		return p.runSandbox(ctx, command)
	case "create":
		return p.create(ctx, command)
	case "remove":
		return p.removeSandbox(ctx, command.Sandbox)
	}
	return nil, fmt.Errorf("there is no such command")
}

// The sandbox of a pod in the node's network: what a pod's own takes is the same for all.
func (p *program) runSandbox(ctx context.Context, command command) (map[string]any, error) {
	metadata := &cri.PodSandboxMetadata{Namespace: command.Namespace, Name: command.Name, Uid: command.UID}
	config := &cri.PodSandboxConfig{
		Metadata:    metadata,
		Annotations: command.Annotations,
		Labels:      labels(metadata, ""),
		Linux: &cri.LinuxPodSandboxConfig{
			CgroupParent: command.CgroupParent,
			SecurityContext: &cri.LinuxSandboxSecurityContext{
				NamespaceOptions: &cri.NamespaceOption{Network: cri.NamespaceMode_NODE, Pid: cri.NamespaceMode_CONTAINER},
			},
		},
	}
	answer, err := p.runtime.RunPodSandbox(ctx, &cri.RunPodSandboxRequest{Config: config})
	if err != nil {
		return nil, err
	}
	p.sandboxes[answer.PodSandboxId] = config
	return map[string]any{"sandbox": answer.PodSandboxId}, nil
}

// Creates a container and removes it: how long the first took.
func (p *program) create(ctx context.Context, command command) (map[string]any, error) {
	sandbox, ok := p.sandboxes[command.Sandbox]
	if !ok {
		return nil, fmt.Errorf("there is no sandbox %q", command.Sandbox)
	}
	p.attempts++
	config := &cri.ContainerConfig{
		Metadata: &cri.ContainerMetadata{Name: "main", Attempt: p.attempts},
		Image:    &cri.ImageSpec{Image: command.Image},
		Command:  command.Command,
		Labels:   labels(sandbox.Metadata, "main"),
		Linux: &cri.LinuxContainerConfig{
			Resources: &cri.LinuxContainerResources{CpuShares: 2},
			SecurityContext: &cri.LinuxContainerSecurityContext{
				NamespaceOptions: &cri.NamespaceOption{Network: cri.NamespaceMode_NODE, Pid: cri.NamespaceMode_CONTAINER},
			},
		},
	}
	request := &cri.CreateContainerRequest{PodSandboxId: command.Sandbox, Config: config, SandboxConfig: sandbox}
	start := time.Now()
	answer, err := p.runtime.CreateContainer(ctx, request)
	took := time.Since(start)
	if err != nil {
		return nil, err
	}
	_, err = p.runtime.RemoveContainer(ctx, &cri.RemoveContainerRequest{ContainerId: answer.ContainerId})
	return map[string]any{"nanoseconds": took.Nanoseconds()}, err
}

func (p *program) removeSandbox(ctx context.Context, id string) (map[string]any, error) {
	if _, err := p.runtime.StopPodSandbox(ctx, &cri.StopPodSandboxRequest{PodSandboxId: id}); err != nil {
		return nil, err
	}
	delete(p.sandboxes, id)
	_, err := p.runtime.RemovePodSandbox(ctx, &cri.RemovePodSandboxRequest{PodSandboxId: id})
	return map[string]any{}, err
}

// The labels that the kubelet gives.
func labels(pod *cri.PodSandboxMetadata, container string) map[string]string {
	labels := map[string]string{
		"io.kubernetes.pod.namespace": pod.Namespace,
		"io.kubernetes.pod.name":      pod.Name,
		"io.kubernetes.pod.uid":       pod.Uid,
	}
	if container != "" {
		labels["io.kubernetes.container.name"] = container
	}
	return labels
}
