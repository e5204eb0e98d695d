// A client of the container runtime, like the kubelet, that runs commands from stdin: it creates containers and reports how long each took.
// Commands and answers are JSON, one object per line; bench/node is the other side.
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

// The kubelet's timeout.
const patience = 2 * time.Minute

// A command from the parent. Fields that a command does not need are absent.
type command struct {
	Do string `json:"do"`
	// For run: the pod, and the parent of its control group.
	Namespace    string            `json:"namespace"`
	Name         string            `json:"name"`
	UID          string            `json:"uid"`
	Annotations  map[string]string `json:"annotations"`
	CgroupParent string            `json:"cgroup_parent"`
	// For create and remove.
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
	return nil, fmt.Errorf("unknown command")
}

// Runs the sandbox of a pod in the node's network: the time for a network of its own is the same for all pods.
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

// Creates a container and removes it. Reports how long the creation took.
func (p *program) create(ctx context.Context, command command) (map[string]any, error) {
	sandbox, ok := p.sandboxes[command.Sandbox]
	if !ok {
		return nil, fmt.Errorf("unknown sandbox %q", command.Sandbox)
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

// The labels that the kubelet sets.
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
