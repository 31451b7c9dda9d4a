// Runs one case in a process of its own and prints its result as the last line, as JSON:
//   node case.ts dispatch <place in the list> <taps> <budget in ms>
//   node case.ts boot <place in the list> <plugins' folder> <plugins>
//   node case.ts upgrade <folder> <upgrades>
import { bootCases } from './boot-cases.ts';
import { cpuNanoseconds, pairedCall } from './cpu-time.ts';
import { baselineOf, dispatchCases } from './dispatch-cases.ts';
import { upgradeUnderLoad } from './upgrade-under-load.ts';

const [part, ...rest] = process.argv.slice(2);
const result = await run(part ?? '', rest);
process.stdout.write(`\n${JSON.stringify(result)}\n`, () => process.exit(0));

async function run(name: string, args: readonly string[]): Promise<unknown> {
  if (name === 'upgrade') return upgradeUnderLoad(args[0] ?? '', Number(args[1]));
  if (name === 'dispatch') {
    const found = listed(dispatchCases, args[0]);
    const taps = Number(args[1]);
    return pairedCall(await found.prepare(taps), await baselineOf(found.mode).prepare(taps), Number(args[2]));
  }
  const boot = await listed(bootCases, args[0]).prepare(args[1] ?? '', Number(args[2]));
  const begun = cpuNanoseconds();
  await boot();
  return (cpuNanoseconds() - begun) / 1e6;
}

function listed<Case>(cases: readonly Case[], place: string | undefined): Case {
  const found = cases[Number(place)];
  if (found === undefined) throw new Error(`There is no case ${place}.`);
  return found;
}
