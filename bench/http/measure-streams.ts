import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startProcess } from '../agent/calls.ts';
import { ask, steadyLoad, type SteadyLoad } from './load.ts';
import type { Served } from './subject.ts';

/** What open streams cost a server. */
export interface StreamsHeld {
  /** Megabytes before the first, and with all of them open, each after a collection. */
  readonly before: number;
  readonly after: number;
  /** Most megabytes at any time, also under load. */
  readonly highest: number;
  /** Milliseconds of requests at a steady load, without streams and beside them. */
  readonly times?: { readonly alone: readonly number[]; readonly beside: readonly number[] };
}

/** Files that a process holds beside its streams. */
const otherFiles = 300;

/** Where Linux says from which ports connections are made. */
const portRange = '/proc/sys/net/ipv4/ip_local_port_range';

/** Why this machine cannot hold so many streams open; `undefined` when it can. */
export function whyTooMany(count: number): string | undefined {
  const report = process.report.getReport() as {
    userLimits?: { open_files?: { soft: number | string } };
  }; // as Node writes it; Windows has no such limit
  const most = Number(report.userLimits?.open_files?.soft ?? Infinity); // "unlimited" is no number, and no limit
  const needed = count + otherFiles;
  if (most < needed)
    return `A process may hold ${most} files open here, and needs ${needed}: raise it with "ulimit -n ${needed}".`;
  const [from = 0, to = Infinity] = existsSync(portRange)
    ? readFileSync(portRange, 'utf8').trim().split(/\s+/).map(Number)
    : [];
  if (to - from < needed)
    return `Connections are made from ${to - from} ports here, and each stream needs one: widen net.ipv4.ip_local_port_range.`;
  return undefined;
}

/** Opens so many streams of a server, and asks it something beside them when there is a load. */
export async function measureStreams(
  kind: 'platform' | 'streams',
  folder: string,
  count: number,
  load?: SteadyLoad,
): Promise<StreamsHeld> {
  const server = await startProcess(join(import.meta.dirname, 'subject.ts'), [kind], {
    DATA_DIR: mkdtempSync(join(folder, `${kind}-`)),
  });
  const clients = await startProcess(join(import.meta.dirname, 'streams.ts'), [], {});
  try {
    const served = await server.call<Served>('served');
    const text = load ? (await ask(served)).text : '';
    if (load) await steadyLoad(served, text, load); // warms it
    const alone = load && (await steadyLoad(served, text, load));
    const before = await server.call<number>('resident');
    await clients.call('open', { served, count });
    const beside = load && (await steadyLoad(served, text, load));
    const after = await server.call<number>('resident');
    const alive = await clients.call<number>('alive');
    if (alive !== count) throw new Error(`only ${alive} of ${count} streams are open`);
    const highest = await server.call<number>('highest');
    return { before, after, highest, ...(alone && beside && { times: { alone, beside } }) };
  } finally {
    await Promise.all([clients.stop(), server.stop()]);
  }
}
