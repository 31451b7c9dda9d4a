// Our registry beside Verdaccio, and beside the least a registry can do, in turns: npm run bench:registry -- --rounds 3
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fillSearch } from './fill-search.ts';
import { ask, load, percentile } from './load.ts';
import { reportOf, type Measures, type SubjectName } from './report.ts';
import { samplePackages, words, type SamplePackage } from './sample-packages.ts';
import {
  buildOurs,
  cpuSeconds,
  installVerdaccio,
  residentMb,
  startBare,
  startOurs,
  startVerdaccio,
  type Subject,
} from './subjects.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', default: 'ours,verdaccio,bare' },
    requests: { type: 'string', default: '6000' },
  },
});
const rounds = Number(values.rounds);
const requests = Number(values.requests);
/** Some of which are published with a look at the metadata after each. */
const looked = 90;
const packages = await samplePackages(200 + looked);
const starts: Record<SubjectName, typeof startOurs> = {
  ours: startOurs,
  verdaccio: startVerdaccio,
  bare: startBare,
};
const ports: Record<SubjectName, number> = { ours: 5101, verdaccio: 5102, bare: 5104 };

async function round(
  start: (folder: string, port: number) => Promise<Subject>,
  port: number,
): Promise<Measures> {
  const folder = mkdtempSync(join(tmpdir(), 'af-bench-registry-'));
  const subject = await start(folder, port);
  try {
    const measures = await measure(subject, packages.slice(0, -looked));
    const isOurs = start === startOurs;
    return isOurs ? { ...measures, publishLookedCpuMs: await publishLooked(subject) } : measures;
  } finally {
    await subject.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function publish({ port, headers }: Subject, { name, body }: SamplePackage): Promise<void> {
  const answer = await ask(port, 'PUT', `/${name.replace('/', '%2f')}`, { body, headers });
  if (answer.status !== 201) throw new Error(`publish answered ${answer.status}: ${answer.body.toString()}`);
}

/** Publishes, each seen in the metadata before the next: every one is signed for alone. */
async function publishLooked(subject: Subject): Promise<number> {
  const { pid, port } = subject;
  const look = async (): Promise<string> => {
    const { status, body } = await ask(port, 'GET', '/-/af/v1/tuf/timestamp.json');
    if (status !== 200) throw new Error(`metadata answered ${status}`);
    return body.toString();
  };
  let seen = await look();
  const before = cpuSeconds(pid);
  for (const each of packages.slice(-looked)) {
    await publish(subject, each);
    const next = await look();
    if (next === seen) throw new Error('what was published is not in the metadata');
    seen = next;
  }
  return ((cpuSeconds(pid) - before) * 1000) / looked;
}

async function measure(subject: Subject, all: readonly SamplePackage[]): Promise<Measures> {
  const { pid, port } = subject;
  const [warm, rest] = [all.slice(0, 20), all.slice(20)];
  for (const each of warm) await publish(subject, each);
  const before = cpuSeconds(pid);
  const began = performance.now();
  for (const each of rest.slice(0, 90)) await publish(subject, each);
  const publishPerSecond = 90 / ((performance.now() - began) / 1000);
  await Promise.all(
    Array.from({ length: 8 }, async (_, lane) => {
      for (let i = 90 + lane; i < rest.length; i += 8) await publish(subject, rest[i] as SamplePackage); // it is within
    }),
  );
  const publishCpuMs = ((cpuSeconds(pid) - before) * 1000) / rest.length;
  const documents = all.map(({ name }) => `/${name.replace('/', '%2f')}`);
  const [one = '/'] = documents;
  await load(port, documents, requests / 2, 200);
  const per = async (
    paths: readonly string[],
    status: number,
    headers = {},
  ): Promise<{ cpuUs: number; p99: number }> => {
    const at = cpuSeconds(pid);
    const times = await load(port, paths, requests, status, headers);
    return { cpuUs: ((cpuSeconds(pid) - at) * 1e6) / requests, p99: percentile(times, 0.99) };
  };
  const full = await per(documents, 200);
  const short = await per(documents, 200, { accept: 'application/vnd.npm.install-v1+json' });
  const tag = String((await ask(port, 'GET', one)).headers.etag);
  const unchanged = await per([one], 304, { 'if-none-match': tag });
  const tarball = await per(
    all.map((each) => each.tarball),
    200,
  );
  const search: number[] = [];
  for (let i = 0; i < 200; i += 1) {
    const at = performance.now();
    await ask(port, 'GET', `/-/v1/search?text=${words[i % words.length]}&size=20`);
    if (i >= 20) search.push(performance.now() - at);
  }
  return {
    publishCpuMs,
    publishLookedCpuMs: Number.NaN,
    publishPerSecond,
    packumentCpuUs: full.cpuUs,
    packumentP99Ms: full.p99,
    shortCpuUs: short.cpuUs,
    unchangedCpuUs: unchanged.cpuUs,
    tarballCpuUs: tarball.cpuUs,
    searchP99Ms: percentile(search, 0.99),
    residentMb: residentMb(pid),
  };
}

/** Search over ten thousand plugins, one after another as somebody types. */
async function searchMany(port: number): Promise<{ p50: number; p99: number; residentMb: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'af-bench-registry-'));
  await fillSearch(folder, 10_000);
  const subject = await startOurs(folder, port);
  try {
    const times: number[] = [];
    for (let i = 0; i < 520; i += 1) {
      const [first = '', second = ''] = [words[i % words.length], words[(i * 5 + 3) % words.length]];
      const text = i % 2 === 0 ? first : `${first} ${second.slice(0, 3)}`;
      const at = performance.now();
      const { status } = await ask(port, 'GET', `/-/v1/search?text=${encodeURIComponent(text)}&size=20`);
      if (status !== 200) throw new Error(`search answered ${status}`);
      if (i >= 20) times.push(performance.now() - at);
    }
    return { p50: percentile(times, 0.5), p99: percentile(times, 0.99), residentMb: residentMb(subject.pid) };
  } finally {
    await subject.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

buildOurs();
if (values.only.includes('verdaccio')) installVerdaccio();
const taken: Record<SubjectName, Measures[]> = { ours: [], verdaccio: [], bare: [] };
for (let i = 0; i < rounds; i += 1)
  for (const [name, start] of Object.entries(starts) as [SubjectName, typeof startOurs][]) {
    if (!values.only.split(',').includes(name)) continue;
    const measures = await round(start, ports[name]);
    taken[name].push(measures);
    console.log(
      i,
      name,
      JSON.stringify(measures, (_, value: unknown) =>
        typeof value === 'number' ? Math.round(value * 10) / 10 : value,
      ),
    );
  }
const report = reportOf(taken, await searchMany(5103), {
  cpus: cpus().length,
  node: process.version,
  rounds,
  load: loadavg()[0] ?? 0,
});
writeFileSync(join(import.meta.dirname, 'results.md'), report);
console.log(report);
process.exit(0);
