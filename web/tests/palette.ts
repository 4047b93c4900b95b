// A picture of a page as a small file: pages have few colours, so 256 of them are enough, and each pixel is one byte.
import { crc32, deflateSync } from 'node:zlib'
import type { Page } from 'playwright-core'

interface Pixels {
  width: number
  height: number
  /** Red, green, blue and alpha of each pixel. */
  bytes: Buffer
}

/** What a PNG shows, read by the browser that took it. */
async function read(page: Page, png: Buffer): Promise<Pixels> {
  const { width, height, base64 } = await page.evaluate(async (data) => {
    const bitmap = await createImageBitmap(new Blob([Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0))]))
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height)
    const context = canvas.getContext('2d')!
    context.drawImage(bitmap, 0, 0)
    const bytes = context.getImageData(0, 0, bitmap.width, bitmap.height).data
    let text = ''
    for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000))
    return { width: bitmap.width, height: bitmap.height, base64: btoa(text) }
  }, png.toString('base64'))
  return { width, height, bytes: Buffer.from(base64, 'base64') }
}

/** Colours that hardly differ are one: five bits of each. */
const key = (bytes: Buffer, at: number) => ((bytes[at]! >> 3) << 10) | ((bytes[at + 1]! >> 3) << 5) | (bytes[at + 2]! >> 3)

/** The colours that there is most of, each as the mean of those that it stands for. */
function paletteOf({ bytes }: Pixels): { colours: number[][]; indexOf: Uint8Array } {
  const sums = Array.from({ length: 1 << 15 }, () => [0, 0, 0, 0] as [number, number, number, number])
  for (let at = 0; at < bytes.length; at += 4) {
    const sum = sums[key(bytes, at)]!
    sum[0] += bytes[at]!
    sum[1] += bytes[at + 1]!
    sum[2] += bytes[at + 2]!
    sum[3] += 1
  }
  const means = sums.map(([red, green, blue, count], code) => ({ code, count, colour: [red, green, blue].map((one) => Math.round(one / Math.max(1, count))) })).filter(({ count }) => count > 0)
  const colours = [...means].sort((one, other) => other.count - one.count).slice(0, 256).map(({ colour }) => colour)
  const indexOf = new Uint8Array(1 << 15)
  for (const { code, colour } of means) indexOf[code] = nearest(colours, colour)
  return { colours, indexOf }
}

function nearest(colours: readonly number[][], [red = 0, green = 0, blue = 0]: readonly number[]): number {
  let [best, least] = [0, Number.POSITIVE_INFINITY]
  colours.forEach(([r = 0, g = 0, b = 0], index) => {
    const far = (r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2
    if (far < least) [best, least] = [index, far]
  })
  return best
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, sum])
}

/** The same picture as a PNG of 256 colours. */
export async function small(page: Page, png: Buffer): Promise<Buffer> {
  const pixels = await read(page, png)
  const { colours, indexOf } = paletteOf(pixels)
  const { width, height, bytes } = pixels
  const lines = Buffer.alloc((width + 1) * height)
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) lines[y * (width + 1) + 1 + x] = indexOf[key(bytes, (y * width + x) * 4)]!
  }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head.set([8, 3, 0, 0, 0], 8)
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'), chunk('IHDR', head), chunk('PLTE', Buffer.from(colours.flat())), chunk('IDAT', deflateSync(lines, { level: 9 })), chunk('IEND', Buffer.alloc(0)),
  ])
}
