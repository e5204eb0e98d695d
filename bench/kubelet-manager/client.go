package main

import (
	"context"
	"net"
	"sync/atomic"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// A client as the kubelet makes it (cmd/kubelet/app/server.go), whose connections are counted.
func newClient(kubeconfig string, qps, burst int, dials *atomic.Int64) (kubernetes.Interface, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, err
	}
	config.ContentType = "application/vnd.kubernetes.protobuf"
	config.AcceptContentTypes = "application/vnd.kubernetes.protobuf,application/json"
	config.QPS, config.Burst = float32(qps), burst
	if qps == 0 {
		// To client-go, 0 is its default.
		config.QPS = -1
	}
	// What client-go dials with unless told otherwise.
	dialer := &net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second}
	config.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		dials.Add(1)
		return dialer.DialContext(ctx, network, address)
	}
	return kubernetes.NewForConfig(config)
}
