//go:build older

package main

import (
	"context"
	"fmt"

	nri "github.com/containerd/nri/pkg/adaptation"
	"github.com/containerd/nri/pkg/api"
)

// This version has no validator.
func validator(bool) []nri.Option {
	return nil
}

func notice(ctx context.Context, op string, container *api.Container) error {
	ofPod, ofContainer := &api.StateChangeEvent{Pod: pod}, &api.StateChangeEvent{Pod: pod, Container: container}
	switch op {
	case "run-pod":
		return runtime.RunPodSandbox(ctx, ofPod)
	case "stop-pod":
		return runtime.StopPodSandbox(ctx, ofPod)
	case "remove-pod":
		return runtime.RemovePodSandbox(ctx, ofPod)
	case "post-create":
		return runtime.PostCreateContainer(ctx, ofContainer)
	case "start-container":
		return runtime.StartContainer(ctx, ofContainer)
	case "post-start":
		return runtime.PostStartContainer(ctx, ofContainer)
	case "post-update":
		return runtime.PostUpdateContainer(ctx, ofContainer)
	case "remove-container":
		return runtime.RemoveContainer(ctx, ofContainer)
	}
	return fmt.Errorf("no such command: %q", op)
}
