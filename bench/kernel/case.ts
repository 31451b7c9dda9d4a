// Runs one case in a process of its own: node case.ts <part> <case's place> <size> <budget in ms>.
import { perCall } from './cpu-time.ts';
import { dispatchCases } from './dispatch-cases.ts';

const [place, size, budgetMs] = process.argv.slice(2).map(Number);
const found = dispatchCases[place ?? -1];
if (found === undefined || size === undefined || budgetMs === undefined) throw new Error('No such case.');
const call = await found.prepare(size);
process.stdout.write(`\n${JSON.stringify(await perCall(call, budgetMs))}\n`, () => process.exit(0));
