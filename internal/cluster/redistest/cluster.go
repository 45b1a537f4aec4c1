package redistest

import (
	"net"
	"net/url"
	"strconv"
	"strings"
	"testing"
)

// slots is how many a cluster has.
const slots = 16384

// Cluster is a Redis Cluster of masters without replicas. A node that died does not
// keep the others from answering.
type Cluster struct {
	Nodes []*Server
}

// StartCluster starts three nodes with a third of the slots each.
func StartCluster(t testing.TB) *Cluster {
	t.Helper()
	const n = 3
	c := &Cluster{}
	for i := range n {
		bus := freeAddr(t)
		_, port, _ := net.SplitHostPort(bus)
		node := Start(t, "--cluster-enabled", "yes", "--cluster-port", port, "--cluster-config-file", "nodes.conf",
			"--cluster-node-timeout", "1000", "--cluster-require-full-coverage", "no")
		node.Do("CLUSTER", "SET-CONFIG-EPOCH", strconv.Itoa(i+1))
		node.Do("CLUSTER", "ADDSLOTSRANGE", strconv.Itoa(i*slots/n), strconv.Itoa((i+1)*slots/n-1))
		if i > 0 {
			host, first := c.Nodes[0].hostPort()
			node.Do("CLUSTER", "MEET", host, first, c.bus())
		}
		c.Nodes = append(c.Nodes, node)
	}
	for _, node := range c.Nodes {
		node.await("cluster", "cluster_slots_ok:"+strconv.Itoa(slots), "CLUSTER", "INFO")
		node.await("cluster", "cluster_state:ok", "CLUSTER", "INFO")
	}
	return c
}

// bus is the port at which the first node meets others.
func (c *Cluster) bus() string { return c.Nodes[0].args[3] }

// URL is what cluster.Open wants in cluster mode.
func (c *Cluster) URL() string {
	q := url.Values{}
	for _, node := range c.Nodes[1:] {
		q.Add("addr", node.Addr)
	}
	return "redis://" + c.Nodes[0].Addr + "?" + q.Encode()
}

// NodeOf is the node that key belongs to.
func (c *Cluster) NodeOf(key string) *Server {
	slot, _ := strconv.Atoi(strings.Trim(c.Nodes[0].Do("CLUSTER", "KEYSLOT", key), ":\r\n"))
	for i, node := range c.Nodes {
		if slot < (i+1)*slots/len(c.Nodes) {
			return node
		}
	}
	return nil
}
