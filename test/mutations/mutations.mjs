// SPDX-License-Identifier: Apache-2.0
// For each failure of docs/reliability.md, a change that removes the code that handles it: `find` occurs exactly once in
// `file` and is replaced. The test that the table names for the failure must then fail. npm run test:mutations -- --check
// reports an entry whose `find` no longer fits.

const generation = 'src/adapters/kubelet/registration/generation.ts';
const generationWatch = 'src/adapters/kubelet/registration/generation-watch.ts';
const contact = 'src/adapters/kubelet/registration/kubelet-contact.ts';
const publisher = 'src/adapters/kubelet/resource-publisher.ts';
const registration = 'src/adapters/kubelet/registration/resource-registration.ts';
const server = 'src/adapters/kubelet/serving/plugin-server.ts';

/** `failure` is the first cell of a row in docs/reliability.md. `rebuilds` is true if the test runs the built program. */
export const mutations = [
  {
    failure: '1',
    change: 'does not send a list again on a new stream',
    file: server,
    find: 'stream.send(this.answers.list);\n    this.report(() => this.events.listOpened());',
    replace:
      'const sent = (globalThis.sentLists ??= new WeakSet());\n    if (!sent.has(this.answers.list)) stream.send(this.answers.list);\n    sent.add(this.answers.list);\n    this.report(() => this.events.listOpened());',
  },
  {
    failure: '2',
    change: 'writes to a stream whose reader has cancelled it',
    file: 'src/adapters/kubelet/serving/list-stream.ts',
    find: ' && !this.writer.cancelled',
    replace: '',
  },
  {
    failure: '3',
    change: 'ignores the end of the stream',
    file: generation,
    find: "this.end('connection-lost', 'the kubelet ended the ListAndWatch stream')",
    replace: '{}',
  },
  {
    failure: '4',
    change: 'does not register again after a rejected or unanswered registration',
    file: registration,
    find: 'const end = await this.runGeneration(isFirst);\n      if (this.stopping) return;',
    replace:
      "const end = await this.runGeneration(isFirst);\n      if (this.stopping || end.cause === 'refused' || end.cause === 'no-stream') return;",
  },
  {
    failure: '5',
    change: 'does not remove stale sockets at startup',
    file: publisher,
    find: 'for (const directory of socketDirectories(directories)) await this.removeStaleSockets(directory);',
    replace: '',
  },
  {
    failure: '6',
    change: 'treats any kubelet.sock as a running kubelet',
    file: generation,
    find: 'if (this.skipsProbe && present !== null) return present;',
    replace: 'if (present !== null) return present;',
  },
  {
    failure: '7',
    change: 'never switches the registration method',
    file: contact,
    find: 'if (listensElsewhere) this.onNotContacted(`${reason}, but it listens on ${this.parts.kubeletSocket}`);\n    else this.checkPluginWatcherLater();',
    replace: 'this.checkPluginWatcherLater();',
  },
  {
    failure: '8',
    change: 'requires umad as well',
    file: 'src/domain/settings/settings.ts',
    find: "deviceNodes: { required: ['uverbs'],",
    replace: "deviceNodes: { required: ['uverbs', 'umad'],",
  },
  {
    failure: '9',
    change: 'ignores hints of the host',
    file: 'src/app/host/watch.ts',
    find: "this.hcas.set('hcas', () => hints.watch(this.onChange));",
    replace: '',
  },
  {
    failure: '10',
    change: 'runs a tool of the host at startup',
    file: 'src/adapters/discovery/sysfs/hca-discovery.ts',
    find: '    this.root.check();\n',
    replace: "    this.root.check();\n    process.getBuiltinModule('node:child_process').execFileSync('lsmod');\n",
    rebuilds: true,
  },
  {
    failure: '11',
    change: 'ignores the exclusive netns mode',
    file: 'src/domain/offer/plan.ts',
    find: "return netnsMode === 'exclusive'",
    replace: 'return false',
  },
  {
    failure: '12',
    change: 'keeps the back-off of a rejection when the kubelet is new',
    file: 'src/adapters/kubelet/registration/back-off.ts',
    find: 'if (kubeletIsNew) {',
    replace: 'if (false) {',
  },
  {
    failure: '13',
    change: 'derives the ids of a share pool from its HCAs',
    file: 'src/domain/offer/share.ts',
    find: "return [{ idPrefix: '', healthy",
    replace: 'return [{ idPrefix: `${usable.length}-`, healthy',
  },
  {
    failure: '14',
    change: 'always sets links up',
    file: 'src/domain/offer/plan.ts',
    find: 'settings.setLinksUp ? netdevsDown(offers) : []',
    replace: 'netdevsDown(offers)',
  },
  {
    failure: '15',
    change: 'waits for a scan without a deadline',
    file: 'src/app/host/scan.ts',
    find: 'this.step.run(() => this.discovery.scan())',
    replace: 'this.discovery.scan()',
  },
  {
    failure: '16',
    change: 'removes the shares of an HCA that disappears',
    file: 'src/domain/offer/held-shares.ts',
    find: 'previous === undefined ? offer : withHeldShares(offer, previous, now)',
    replace: 'previous === undefined ? offer : offer',
  },
  {
    failure: '17',
    change: 'removes a resource without sending an empty list',
    file: registration,
    find: 'this.update(withdrawnOffer(this.parts.answers.offer));',
    replace: '',
  },
  {
    failure: '18',
    change: 'does not verify a spec file that it wrote before',
    file: 'src/adapters/cdi/file-cdi-spec-store.ts',
    find: ' && last.identity === (await fileIdentity(path))',
    replace: '',
  },
  {
    failure: '19',
    change: 'does not pass the names of HCAs to the container',
    file: 'src/domain/grant/grant.ts',
    find: 'offer.settings.env ? environmentOf(offer.resource, hcas) : {}',
    replace: '{}',
  },
  {
    failure: '20',
    change: 'grants all HCAs of the resource',
    file: 'src/domain/grant/grant.ts',
    find: 'offer.hcas.filter((hca) => hcaNames.has(hca.name))',
    replace: 'offer.hcas',
  },
  {
    failure: '21',
    change: 'counts every entry of class/infiniband as an HCA',
    file: 'src/adapters/discovery/sysfs/hca-discovery.ts',
    find: 'else if (this.root.isDirectory(directory))',
    replace: 'else',
  },
  {
    failure: '22',
    change: 'reports a topology for a share pool',
    file: 'src/domain/offer/share.ts',
    find: 'healthy, numaNodes: []',
    replace: 'healthy, numaNodes: usable.flatMap(numaNodesOf)',
  },

  {
    failure: 'two instances on one directory',
    change: 'does not look for a newer instance',
    file: generationWatch,
    find: 'void this.checkNewerInstance();',
    replace: '',
  },
  {
    failure: 'a kubelet directory is missing at startup',
    change: 'treats it as an error',
    file: 'src/adapters/kubelet/sockets/directory-check.ts',
    find: "problems.filter((problem) => problem.code !== 'KUBELET_DIRECTORY_MISSING')",
    replace: 'problems',
  },
  {
    failure: 'the settings are missing at startup',
    change: 'does not wait for them',
    file: 'src/app/settings/follower.ts',
    find: 'if (!reading.retryable) throw',
    replace: 'throw',
  },
  {
    failure: 'a link flaps',
    change: 'counts a link that goes up as settled at once',
    file: 'src/domain/offer/link-history.ts',
    find: '(since ?? now)',
    replace: 'Number.NEGATIVE_INFINITY',
  },
  {
    failure: 'CDI specs cannot be written (disk full, permissions removed)',
    change: 'offers the shares without their spec',
    file: 'src/app/round.ts',
    find: 'specProblems.length === 0 ? offers : withheld(offers)',
    replace: 'offers',
  },
  {
    failure: 'the kubelet stops reading',
    change: 'waits for the reader when it stops',
    file: server,
    find: 'await withDeadline(clock, graceMs, closed, () => this.server.forceShutdown());',
    replace: 'await closed;',
  },
  {
    failure: 'the socket is deleted or replaced',
    change: 'does not watch its socket',
    file: generationWatch,
    find: "this.onLoss('connection-lost', 'the plugin socket was removed or replaced');",
    replace: '{}',
  },
  {
    failure: 'kubelet.sock is replaced while the old kubelet keeps its streams',
    change: 'does not watch kubelet.sock',
    file: generationWatch,
    find: "this.onLoss('connection-lost', 'kubelet.sock was removed or replaced');",
    replace: '{}',
  },
  {
    failure: 'another instance is killed before it stands by',
    change: 'leaves the sockets to the next start',
    file: 'src/adapters/kubelet/sockets/stale-sockets.ts',
    find: 'if (this.suspects.has(path)) removeFile(path);',
    replace: '{}',
  },
  {
    failure: 'kubelet.sock is deleted while the kubelet keeps serving',
    change: 'ends the registration',
    file: generationWatch,
    find: 'present !== null || !this.isServing',
    replace: 'true',
  },
  {
    failure: 'a kubelet directory is hidden by a mount and reappears',
    change: 'does not watch the sockets of ended registrations',
    file: 'src/adapters/kubelet/sockets/stale-sockets.ts',
    find: 'if (instance === this.instance && !this.inUse.has(path) && isSocket(path)) removeFile(path);',
    replace: '{}',
  },
  {
    failure: 'a successful Register that no stream follows',
    change: 'does not expect a stream',
    file: generation,
    find: "if (refusal === null) this.expectStream('Register succeeded');",
    replace: '',
  },
  {
    failure: '/dev/infiniband disappears and reappears',
    change: 'does not watch the directory again',
    file: 'src/adapters/discovery/sysfs/node-watch.ts',
    find: '    stop();\n    stop = watch();\n    onChange();',
    replace: '    onChange();',
  },
  {
    failure: 'a scan of the host fails',
    change: 'keeps the previous inventory',
    file: 'src/app/host/scan.ts',
    find: 'return withoutHcas(problemsOf(error));',
    replace: 'throw error;',
  },
  {
    failure: 'a port whose state cannot be read',
    change: 'counts it as up',
    file: 'src/domain/offer/link-history.ts',
    find: "port.state === 'ACTIVE' || ",
    replace: "port.state === null || port.state === 'ACTIVE' || ",
  },
];
