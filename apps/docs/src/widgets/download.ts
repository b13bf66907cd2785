/** Offers a JSON file for download. */
export function download(fileName: string, content: unknown): void {
  offer(fileName, new Blob([JSON.stringify(content, null, 1)], { type: 'application/json' }));
}

export function downloadBytes(fileName: string, bytes: Uint8Array<ArrayBuffer>): void {
  offer(fileName, new Blob([bytes], { type: 'application/octet-stream' }));
}

function offer(fileName: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  const link = Object.assign(document.createElement('a'), { href: address, download: fileName });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}
