// Runs the workflow and dies by SIGKILL at its n-th append: node position-child.ts <platform as JSON> <n> before|after
import { Journal, type TenantJournal } from '@agent-factory/sdk/contracts';
import { advanceRun } from './advance-run.ts';
import { bootPositions, type PositionPlatform } from './position-platform.ts';

const [given = '', position, side] = process.argv.slice(2);
const kernel = await bootPositions(JSON.parse(given) as PositionPlatform); // written by who started this process
let appends = 0;

/** The same journal, with a place to die at each append. */
function deadly(journal: TenantJournal): TenantJournal {
  const append: TenantJournal['append'] = async (...args) => {
    appends += 1;
    const dies = appends === Number(position);
    if (dies && side === 'before') process.kill(process.pid, 'SIGKILL');
    await journal.append(...args);
    if (dies) process.kill(process.pid, 'SIGKILL');
  };
  return new Proxy(journal, {
    get: (target, name) => {
      const value: unknown = name === 'append' ? append : Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

const journal = kernel.use(Journal);
const { tenant } = journal;
journal.tenant = (id) => deadly(tenant.call(journal, id));
await advanceRun(kernel, () => true);
await kernel.close();
process.send?.({ appends });
