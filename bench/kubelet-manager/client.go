package main

import (
	"context"
	"net"
	"sync/atomic"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// Creates a client as the kubelet does (cmd/kubelet/app/server.go), and counts its connections.
func newClient(kubeconfig string, qps, burst int, dials *atomic.Int64) (kubernetes.Interface, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, err
	}
	config.ContentType = "application/vnd.kubernetes.protobuf"
	config.AcceptContentTypes = "application/vnd.kubernetes.protobuf,application/json"
	config.QPS, config.Burst = float32(qps), burst
	if qps == 0 {
		// In client-go, 0 means the default.
		config.QPS = -1
	}
	// The default dialer of client-go.
	dialer := &net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second}
	config.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		dials.Add(1)
		return dialer.DialContext(ctx, network, address)
	}
	return kubernetes.NewForConfig(config)
}
