import { chmodSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { createPeer, lineOf, messageKinds, peerParts } from '@agent-factory/sdk/bridge';
import { frameKinds } from '../frames.ts';
import type { BootSettings } from '../guest/guest-main.ts';
import { guestSource } from '../guest/guest-source.ts';
import { bootFunction } from '../guest/host-call.ts';
import { launchOf, type RunnerPlan } from '../launch/command.ts';
import { spawnLaunch } from '../launch/spawn-launch.ts';

/**
 * Has V8 compile the scripts of a kit, once for all runners: in a process with the flags of theirs, without which V8
 * takes nothing from another. Where that fails, each runner compiles them by itself.
 */
export async function press(folder: string, plan: RunnerPlan): Promise<void> {
  try {
    const launch = launchOf({ ...plan, level: 'L1' });
    const child = spawnLaunch(
      { ...launch, args: [...launch.args, 'press'] },
      { output: true, timeoutMs: 20_000 },
    );
    for (const pipe of [child.stdio[3], child.stdout, child.stderr]) pipe?.on('error', () => {});
    (child.stdio[3] as Duplex).resume().end(sampleBoot()); // a pipe, as asked for
    child.stderr?.resume();
    let told = '';
    child.stdout?.setEncoding('latin1').on('data', (piece: string) => (told += piece));
    await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
    const caches = JSON.parse(told) as Record<string, string>; // as start.ts writes it
    for (const [name, cache] of Object.entries(caches)) {
      const file = join(folder, name);
      writeFileSync(`${file}.new`, Buffer.from(cache, 'base64'));
      chmodSync(`${file}.new`, 0o644); // whatever the mask of this process is
      renameSync(`${file}.new`, file);
    }
  } catch {
    // As above.
  }
}

/** What a runner is sent to boot a plugin: V8 keeps the functions that have run. */
function sampleBoot(): string {
  let lines = '';
  const send = (...message: Parameters<typeof lineOf>): void => void (lines += lineOf(...message));
  // The guest's own script stands for the code of a plugin: all kinds of syntax are in it.
  const code = `var __afPlugin = { setup(ctx) {
    ctx.contribute({ id: 'tool' }, { name: 'sample', run: async (input) => input });
  } };
  function unused() { return ${guestSource()}; }`;
  send(frameKinds.boot, 0, 0, JSON.stringify(code));
  const peer = createPeer(
    {
      kinds: messageKinds,
      send,
      violated() {},
      failure: ({ message }) => new Error(message),
      controller: () => new AbortController(),
      now: () => performance.now(),
      maxFunctions: 100,
      maxServing: 1,
      window: 1,
    },
    peerParts,
  );
  const settings: BootSettings = {
    plugin: { id: 'sample', version: '1.0.0' },
    platform: { name: 'sample', kernelVersion: '1.0.0', role: 'all' },
    maxRequests: 1,
    logLines: 1,
    config: {},
    secrets: [],
    lent: peer.pack({ uses: {}, all: {}, fetch: () => undefined }),
  };
  void peer.call(bootFunction, [settings]).catch(() => {}); // nobody reads the answer
  return lines;
}
