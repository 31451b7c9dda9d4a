/**
 * Whether whoever has one permission has the other too: `net` holds `net:api.example.com`, and that holds
 * `net:api.example.com:443:GET`.
 */
export function permissionCovers(granted: string, asked: string): boolean {
  return granted === asked || asked.startsWith(`${granted}:`);
}
