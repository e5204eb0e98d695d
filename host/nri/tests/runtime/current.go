//go:build !older

package main

import (
	"context"
	"fmt"

	nri "github.com/containerd/nri/pkg/adaptation"
	"github.com/containerd/nri/pkg/api"
	"github.com/containerd/nri/plugins/default-validator/builtin"
)

func validator(enable bool) []nri.Option {
	return []nri.Option{nri.WithDefaultValidator(&builtin.DefaultValidatorConfig{Enable: enable})}
}

func notice(ctx context.Context, op string, container *api.Container) error {
	switch op {
	case "run-pod":
		return runtime.RunPodSandbox(ctx, &api.RunPodSandboxRequest{Pod: pod})
	case "update-pod":
		_, err := runtime.UpdatePodSandbox(ctx, &api.UpdatePodSandboxRequest{Pod: pod})
		return err
	case "post-update-pod":
		return runtime.PostUpdatePodSandbox(ctx, &api.PostUpdatePodSandboxRequest{Pod: pod})
	case "stop-pod":
		return runtime.StopPodSandbox(ctx, &api.StopPodSandboxRequest{Pod: pod})
	case "remove-pod":
		return runtime.RemovePodSandbox(ctx, &api.RemovePodSandboxRequest{Pod: pod})
	case "post-create":
		return runtime.PostCreateContainer(ctx, &api.PostCreateContainerRequest{Pod: pod, Container: container})
	case "start-container":
		return runtime.StartContainer(ctx, &api.StartContainerRequest{Pod: pod, Container: container})
	case "post-start":
		return runtime.PostStartContainer(ctx, &api.PostStartContainerRequest{Pod: pod, Container: container})
	case "post-update":
		return runtime.PostUpdateContainer(ctx, &api.PostUpdateContainerRequest{Pod: pod, Container: container})
	case "remove-container":
		return runtime.RemoveContainer(ctx, &api.RemoveContainerRequest{Pod: pod, Container: container})
	}
	return fmt.Errorf("no such command: %q", op)
}
