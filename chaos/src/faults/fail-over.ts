import type { Fault } from './fault.js'

export const failOver: Fault = {
  name: 'fail-over',
  title: 'the master is replaced on purpose (`SENTINEL FAILOVER`), and becomes a replica',
  groups: ['sentinel'],
  strikes: () => true,
  strike: ({ store, during }) => during('all', async () => store.group?.failOver?.()),
}

export const killMaster: Fault = {
  name: 'kill-master',
  title: 'the master is killed (`kill -9`), replaced by its replica, and started again as one',
  groups: ['sentinel', 'cluster', 'standby'],
  strikes: () => true,
  strike: ({ store, during }) => during('all', async () => store.group?.killMaster?.()),
}

export const stallMaster: Fault = {
  name: 'stall-master',
  title: 'the master stands still (`SIGSTOP`) until it is replaced, and then goes on',
  groups: ['sentinel'],
  strikes: () => true,
  strike: ({ store, during }) => during('all', async () => store.group?.stallMaster?.()),
}

export const moveSlots: Fault = {
  name: 'move-slots',
  title: 'the slot of the queue moves to another master, key by key',
  groups: ['cluster'],
  strikes: () => true,
  strike: ({ store, during }) => during('all', async () => store.group?.moveSlots?.()),
}

export const restartPooler: Fault = {
  name: 'restart-pooler',
  title: 'the pooler is killed (`kill -9`), and started again',
  groups: ['pooler'],
  strikes: () => true,
  strike: ({ store, during }) => during('all', async () => store.group?.restartPooler?.()),
}
