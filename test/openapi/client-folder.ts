/** Where what the client knows of each operation is kept. */
export const clientFolder: URL = new URL('../../packages/client/src/generated/', import.meta.url);
