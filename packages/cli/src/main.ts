import { enableCompileCache } from 'node:module';

// Before anything else is imported: later starts then skip compiling and type stripping.
enableCompileCache();
const { leave, outliveOutput } = await import('./standard-output.ts');
const { main } = await import('./program.ts');
outliveOutput();
await main(process.argv);
await leave();
