/** What is wrong with a migration itself; its cause is the server's error, if there is one. */
export class MigrationFault extends Error {}
