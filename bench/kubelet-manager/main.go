// Runs the kubelet's own ConfigMap managers by commands on stdin, to compare podweave's manager with them. Commands and answers are
// JSON, one object per line; bench/config-maps is the other side, and has the same program with podweave's manager.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	clientfeatures "k8s.io/client-go/features"
	"k8s.io/client-go/kubernetes"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/kubelet/configmap"
)

// The interval between Gets that wait for a change.
const pollInterval = 50 * time.Microsecond

// A command from the parent. Fields that a command does not need are absent.
type command struct {
	Do           string `json:"do"`
	Pods         int    `json:"pods"`
	ConfigMaps   int    `json:"config_maps"`
	From         int    `json:"from"`
	To           int    `json:"to"`
	Threads      int    `json:"threads"`
	Milliseconds int    `json:"milliseconds"`
	Value        string `json:"value"`
}

type program struct {
	manager   configmap.Manager
	namespace string
	dials     *atomic.Int64
}

func main() {
	kubeconfig := flag.String("kubeconfig", "", "how to reach the API server")
	namespace := flag.String("namespace", "", "the namespace of pods and ConfigMaps")
	qps := flag.Int("qps", 0, "requests per second; 0: no limit")
	burst := flag.Int("burst", 0, "requests at once")
	strategy := flag.String("strategy", "watch", "watch or ttl60")
	flag.Parse()
	// Discard its log of broken connections, so that logging is not measured.
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)

	dials := new(atomic.Int64)
	client, err := newClient(*kubeconfig, *qps, *burst, dials)
	if err != nil {
		fail(err)
	}
	manager, err := newManager(*strategy, client)
	if err != nil {
		fail(err)
	}
	program := &program{manager: manager, namespace: *namespace, dials: dials}
	say(map[string]any{
		"go":         runtime.Version(),
		"kubernetes": kubernetesVersion(),
		"watch_list": clientfeatures.FeatureGates().Enabled(clientfeatures.WatchListClient),
	})
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var command command
		if err := json.Unmarshal(lines.Bytes(), &command); err != nil {
			fail(err)
		}
		if err := program.run(command); err != nil {
			fail(err)
		}
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "kubelet-manager:", err)
	os.Exit(1)
}

func say(answer map[string]any) {
	if err := json.NewEncoder(os.Stdout).Encode(answer); err != nil {
		fail(err)
	}
}

func newManager(strategy string, client kubernetes.Interface) (configmap.Manager, error) {
	switch strategy {
	case "watch":
		// The kubelet's syncFrequency.
		return configmap.NewWatchingConfigMapManager(client, time.Minute), nil
	case "ttl60":
		// As for a node without the annotation: the default TTL, one minute.
		return configmap.NewCachingConfigMapManager(client, func() (time.Duration, bool) { return 0, false }), nil
	default:
		return nil, fmt.Errorf("unknown strategy %q", strategy)
	}
}

func kubernetesVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, module := range info.Deps {
			if module.Path == "k8s.io/kubernetes" {
				return module.Version
			}
		}
	}
	return "unknown"
}

func (p *program) run(command command) error {
	switch command.Do {
	case "burst":
		p.burst(command.Pods, command.ConfigMaps)
	case "register":
		p.register(command.From, command.To)
	case "hot":
		p.hot(command.ConfigMaps, command.Threads, time.Duration(command.Milliseconds)*time.Millisecond)
	case "observe":
		p.observe(command.From, command.To, command.Value)
	case "figures":
		return p.figures()
	default:
		return fmt.Errorf("unknown command %q", command.Do)
	}
	return nil
}

func configMapName(number int) string {
	return fmt.Sprintf("config-map-%d", number)
}

// A pod that refers to the ConfigMaps.
func pod(namespace string, number int, configMaps []string) *v1.Pod {
	var envFrom []v1.EnvFromSource
	for _, name := range configMaps {
		envFrom = append(envFrom, v1.EnvFromSource{ConfigMapRef: &v1.ConfigMapEnvSource{LocalObjectReference: v1.LocalObjectReference{Name: name}}})
	}
	name := fmt.Sprintf("pod-%d", number)
	return &v1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, UID: types.UID(name)},
		Spec:       v1.PodSpec{Containers: []v1.Container{{Name: "main", EnvFrom: envFrom}}},
	}
}

// The ConfigMaps of a pod: an even share, or a shared one if there are fewer ConfigMaps than pods.
func configMapsOf(pod, pods, configMaps int) []string {
	if configMaps < pods {
		return []string{configMapName(pod % configMaps)}
	}
	each := configMaps / pods
	var names []string
	for number := pod * each; number < (pod+1)*each; number++ {
		names = append(names, configMapName(number))
	}
	return names
}

// Repeats a Get until it succeeds. The kubelet would wait 10 to 15 s before the next one.
func (p *program) get(name string, failed *atomic.Int64) *v1.ConfigMap {
	for {
		configMap, err := p.manager.GetConfigMap(p.namespace, name)
		if err == nil {
			return configMap
		}
		failed.Add(1)
		time.Sleep(time.Millisecond)
	}
}

// Starts all pods at once, each in its own goroutine, as the kubelet does: it registers the pod and then gets all its ConfigMaps.
// All times count from the beginning of the burst.
func (p *program) burst(pods, configMaps int) {
	var (
		failed atomic.Int64
		done   sync.WaitGroup
		mutex  sync.Mutex
		took   []int64
	)
	began := time.Now()
	for number := range pods {
		done.Go(func() {
			names := configMapsOf(number, pods, configMaps)
			p.manager.RegisterPod(pod(p.namespace, number, names))
			for _, name := range names {
				done.Go(func() {
					p.get(name, &failed)
					elapsed := time.Since(began).Nanoseconds()
					mutex.Lock()
					took = append(took, elapsed)
					mutex.Unlock()
				})
			}
		})
	}
	done.Wait()
	say(map[string]any{"took": took, "failed": failed.Load(), "dials": p.dials.Load()})
}

// Registers pods with one ConfigMap each, a few at a time, so that the memory of a burst is not measured.
func (p *program) register(from, to int) {
	var failed atomic.Int64
	var done sync.WaitGroup
	slots := make(chan struct{}, 16)
	for number := from; number < to; number++ {
		slots <- struct{}{}
		done.Go(func() {
			p.manager.RegisterPod(pod(p.namespace, number, []string{configMapName(number)}))
			p.get(configMapName(number), &failed)
			<-slots
		})
	}
	done.Wait()
	say(map[string]any{"failed": failed.Load()})
}

// Repeats Gets of cached ConfigMaps; reports their number and the time.
func (p *program) hot(configMaps, threads int, duration time.Duration) {
	var names []string
	for number := range configMaps {
		names = append(names, configMapName(number))
	}
	var (
		stop  atomic.Bool
		total atomic.Int64
		done  sync.WaitGroup
	)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	busyBefore := processTime()
	began := time.Now()
	for range threads {
		done.Go(func() {
			gets := 0
			for !stop.Load() {
				for _, name := range names {
					if _, err := p.manager.GetConfigMap(p.namespace, name); err != nil {
						fail(err)
					}
				}
				gets += len(names)
			}
			total.Add(int64(gets))
		})
	}
	time.Sleep(duration)
	stop.Store(true)
	done.Wait()
	elapsed := time.Since(began)
	busy := processTime() - busyBefore
	runtime.ReadMemStats(&after)
	say(map[string]any{
		"gets":        total.Load(),
		"nanoseconds": elapsed.Nanoseconds(),
		"busy":        busy.Nanoseconds(),
		"allocations": after.Mallocs - before.Mallocs,
	})
}

// The CPU time of all threads. Other work on the machine does not change it.
func processTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		fail(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// Reports when each of the ConfigMaps has the value. First reports that it has begun to look.
func (p *program) observe(from, to int, value string) {
	var waiting []int
	for number := from; number < to; number++ {
		waiting = append(waiting, number)
	}
	seen := make([]int64, to-from)
	failed := 0
	say(map[string]any{"looking": true})
	// Sleep with nanosleep on a locked thread, because time.Sleep rounds up to a millisecond.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for len(waiting) > 0 {
		var still []int
		for _, number := range waiting {
			configMap, err := p.manager.GetConfigMap(p.namespace, configMapName(number))
			switch {
			case err != nil:
				failed++
				still = append(still, number)
			case configMap.Data["value"] != value:
				still = append(still, number)
			default:
				seen[number-from] = time.Now().UnixNano()
			}
		}
		waiting = still
		pause := syscall.NsecToTimespec(pollInterval.Nanoseconds())
		_ = syscall.Nanosleep(&pause, nil)
	}
	say(map[string]any{"seen": seen, "failed": failed})
}

func (p *program) figures() error {
	// Return free memory first: garbage is not memory that ConfigMaps need.
	debug.FreeOSMemory()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(status)) {
		var kilobytes int
		if _, err := fmt.Sscanf(line, "VmRSS: %d kB", &kilobytes); err == nil {
			say(map[string]any{"resident": kilobytes * 1024, "dials": p.dials.Load(), "goroutines": runtime.NumGoroutine()})
			return nil
		}
	}
	return fmt.Errorf("/proc/self/status has no VmRSS")
}
