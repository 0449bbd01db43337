// SPDX-License-Identifier: Apache-2.0
// The code that handles each failure of docs/reliability.md, taken out: `find` stands once in the file and is replaced. The test that the
// table names for the failure must then fail.

const generation = 'src/adapters/kubelet/registration/generation.ts';
const generationWatch = 'src/adapters/kubelet/registration/generation-watch.ts';
const contact = 'src/adapters/kubelet/registration/kubelet-contact.ts';
const publisher = 'src/adapters/kubelet/kubelet-resource-publisher.ts';
const registration = 'src/adapters/kubelet/registration/resource-registration.ts';
const server = 'src/adapters/kubelet/serving/plugin-server.ts';
const hints = 'src/adapters/discovery/sysfs/change-hints.ts';

/** `failure` is the first cell of a row in docs/reliability.md; `rebuilds`: whether the test runs the built program. */
export const mutations = [
  {
    failure: '1',
    change: 'a list that was sent before is not sent again on a new stream',
    file: server,
    find: 'stream.send(this.answers.list);\n    this.report(() => this.events.listOpened());',
    replace:
      'const sent = (globalThis.sentLists ??= new WeakSet());\n    if (!sent.has(this.answers.list)) stream.send(this.answers.list);\n    sent.add(this.answers.list);\n    this.report(() => this.events.listOpened());',
  },
  {
    failure: '2',
    change: 'a reader that has gone is still written to',
    file: 'src/adapters/kubelet/serving/list-stream.ts',
    find: ' && !this.writer.cancelled',
    replace: '',
  },
  {
    failure: '3',
    change: 'the end of the stream is passed over',
    file: generation,
    find: "this.end('connection-lost', 'the kubelet ended the ListAndWatch stream')",
    replace: '{}',
  },
  {
    failure: '4',
    change: 'one bad end is the last',
    file: registration,
    find: 'const end = await this.runGeneration();\n      if (this.stopping) return;',
    replace:
      "const end = await this.runGeneration();\n      if (this.stopping || end.cause === 'refused' || end.cause === 'no-stream') return;",
  },
  {
    failure: '5',
    change: 'nothing is swept at the start',
    file: publisher,
    find: 'for (const directory of socketDirectories(directories)) await this.removeStaleSockets(directory);',
    replace: '',
  },
  {
    failure: '6',
    change: 'a kubelet.sock is taken for a kubelet',
    file: generation,
    find: 'if (this.options.skipsProbe && present !== null) return present;',
    replace: 'if (present !== null) return present;',
  },
  {
    failure: '7',
    change: 'auto never changes over',
    file: contact,
    find: 'if (listensElsewhere) this.options.onNotContacted(`${reason}, but it listens on ${this.kubeletSocket}`);\n    else this.checkPluginWatcherLater();',
    replace: 'this.checkPluginWatcherLater();',
  },
  {
    failure: '8',
    change: 'umad is needed too',
    file: 'src/domain/settings/document.ts',
    find: "deviceNodes: { required: ['uverbs'],",
    replace: "deviceNodes: { required: ['uverbs', 'umad'],",
  },
  {
    failure: '9',
    change: 'hints of the host are not followed',
    file: 'src/app/host-watch.ts',
    find: "this.hcas.set('hcas', () => hints.watch(this.onChange));",
    replace: '',
  },
  {
    failure: '10',
    change: 'a tool of the host is run at the start',
    file: 'src/adapters/discovery/sysfs/hca-discovery.ts',
    find: '    this.root.check();\n',
    replace: "    this.root.check();\n    process.getBuiltinModule('node:child_process').execFileSync('lsmod');\n",
    rebuilds: true,
  },
  {
    failure: '11',
    change: 'exclusive mode is passed over',
    file: 'src/domain/offer/plan.ts',
    find: "return netnsMode === 'exclusive'",
    replace: 'return false',
  },
  {
    failure: '12',
    change: 'a new kubelet is met with the back-off for one that refuses',
    file: 'src/adapters/kubelet/registration/back-off.ts',
    find: 'if (kubeletIsNew) {',
    replace: 'if (false) {',
  },
  {
    failure: '13',
    change: 'ids of a pool follow its HCAs',
    file: 'src/domain/offer/share.ts',
    find: "return [{ idPrefix: '', healthy",
    replace: 'return [{ idPrefix: `${usable.length}-`, healthy',
  },
  {
    failure: '14',
    change: 'links are always raised',
    file: 'src/domain/offer/plan.ts',
    find: 'settings.setLinksUp ? netdevsDown(offers) : []',
    replace: 'netdevsDown(offers)',
  },
  {
    failure: '15',
    change: 'a scan has no deadline',
    file: 'src/app/host-scan.ts',
    find: 'this.step.run(() => this.discovery.scan())',
    replace: 'this.discovery.scan()',
  },
  {
    failure: '16',
    change: 'shares go with their HCAs',
    file: 'src/domain/offer/held-shares.ts',
    find: 'previous === undefined ? offer : withHeldShares(offer, previous, now)',
    replace: 'previous === undefined ? offer : offer',
  },
  {
    failure: '17',
    change: 'a resource that is taken back ends without an empty list',
    file: registration,
    find: 'this.answers.update(withdrawnOffer(this.answers.offer));\n    this.sendList();',
    replace: '',
  },
  {
    failure: '18',
    change: 'a file that was written is never looked at again',
    file: 'src/adapters/cdi/file-cdi-spec-store.ts',
    find: ' && known.identity === (await identityOf(join(this.directory, name)))',
    replace: '',
  },
  {
    failure: '19',
    change: 'the names of the HCAs are kept from the container',
    file: 'src/domain/grant/grant.ts',
    find: 'offer.settings.env ? environmentOf(offer.resource, hcas) : {}',
    replace: '{}',
  },
  {
    failure: '20',
    change: 'all HCAs of the resource are granted',
    file: 'src/domain/grant/grant.ts',
    find: 'offer.hcas.filter((hca) => hcaNames.has(hca.name))',
    replace: 'offer.hcas',
  },
  {
    failure: '21',
    change: 'whatever is in the class counts',
    file: 'src/adapters/discovery/sysfs/hca-discovery.ts',
    find: 'else if (this.root.isDirectory(directory))',
    replace: 'else',
  },
  {
    failure: '22',
    change: 'a pool says where its HCAs are',
    file: 'src/domain/offer/share.ts',
    find: 'healthy: usable.some(isHealthy), numaNodes: []',
    replace: 'healthy: usable.some(isHealthy), numaNodes: usable.flatMap(numaNodesOf)',
  },

  {
    failure: 'two instances over one directory',
    change: 'the older does not look for a newer one',
    file: generationWatch,
    find: 'void this.checkNewerInstance();',
    replace: '',
  },
  {
    failure: 'a directory of the kubelet is missing at the start',
    change: 'it is an error',
    file: 'src/adapters/kubelet/registration/directory-check.ts',
    find: "problems.filter((problem) => problem.code !== 'KUBELET_DIRECTORY_MISSING')",
    replace: 'problems',
  },
  {
    failure: 'the settings are missing at the start',
    change: 'they are not waited for',
    file: 'src/app/settings-follower.ts',
    find: 'if (!reading.retryable) throw',
    replace: 'throw',
  },
  {
    failure: 'a link flaps',
    change: 'a link that rises has always been up',
    file: 'src/domain/offer/link-history.ts',
    find: '(since ?? now)',
    replace: 'Number.NEGATIVE_INFINITY',
  },
  {
    failure: 'CDI specs cannot be written (disk full, rights taken)',
    change: 'the shares are offered all the same',
    file: 'src/app/round.ts',
    find: 'specProblems.length === 0 ? offers : withheld(offers)',
    replace: 'offers',
  },
  {
    failure: 'the kubelet stops reading',
    change: 'the end waits for the reader',
    file: server,
    find: 'await withDeadline(clock, graceMs, closed, () => this.server.forceShutdown());',
    replace: 'await closed;',
  },
  {
    failure: 'the socket is deleted or replaced',
    change: 'the socket is not looked after',
    file: generationWatch,
    find: "this.options.onLoss('connection-lost', 'the plugin socket was removed or replaced');",
    replace: '{}',
  },
  {
    failure: 'kubelet.sock is replaced while the old kubelet keeps its streams',
    change: 'kubelet.sock is not looked after',
    file: generationWatch,
    find: "this.options.onLoss('connection-lost', 'kubelet.sock was removed or replaced');",
    replace: '{}',
  },
  {
    failure: 'another instance is killed before it has yielded',
    change: 'its sockets are left to the next start',
    file: 'src/adapters/kubelet/registration/stale-sockets.ts',
    find: 'if (this.suspects.has(path)) removeFile(path);',
    replace: '{}',
  },
  {
    failure: 'kubelet.sock is deleted while the kubelet serves on',
    change: 'it is the end',
    file: generationWatch,
    find: 'present !== null || !this.options.isServing()',
    replace: 'true',
  },
  {
    failure: 'a directory of the kubelet is hidden by a mount, and there again',
    change: 'nothing is looked after that came to its end',
    file: 'src/adapters/kubelet/registration/stale-sockets.ts',
    find: 'if (!this.inUse.has(path) && isSocket(path)) removeFile(path);',
    replace: '{}',
  },
  {
    failure: 'a Register that is answered well and followed by nothing',
    change: 'no stream is expected',
    file: generation,
    find: "if (refusal === null) this.expectStream('Register succeeded');",
    replace: '',
  },
  {
    failure: '/dev/infiniband goes and comes',
    change: 'the watch is not made again',
    file: hints,
    find: '      stopNodes();\n      stopNodes = this.watchNodes(onChange);\n      onChange();',
    replace: '      onChange();',
  },
  {
    failure: 'a look at the host fails',
    change: 'what was found before stands',
    file: 'src/app/host-scan.ts',
    find: 'return withoutHcas(problemsOf(error));',
    replace: 'throw error;',
  },
  {
    failure: 'a port whose state cannot be read',
    change: 'it counts as up',
    file: 'src/domain/offer/link-history.ts',
    find: "port.state === 'ACTIVE' || ",
    replace: "port.state === null || port.state === 'ACTIVE' || ",
  },
];
