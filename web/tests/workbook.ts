// Reads an XLSX workbook as far as a test needs it: the cells of each sheet as people see them.
import { inflateRawSync } from 'node:zlib'

export interface Sheet {
  name: string
  rows: string[][]
}

/** The files of a zip archive, by name. */
export function unzip(archive: Buffer): Map<string, Buffer> {
  const end = archive.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]))
  const files = new Map<string, Buffer>()
  let at = archive.readUInt32LE(end + 16)
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    const [method, packed] = [archive.readUInt16LE(at + 10), archive.readUInt32LE(at + 20)]
    const [nameLength, extra, comment] = [28, 30, 32].map((offset) => archive.readUInt16LE(at + offset)) as [number, number, number]
    const local = archive.readUInt32LE(at + 42)
    const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28)
    const bytes = archive.subarray(start, start + packed)
    files.set(archive.toString('utf8', at + 46, at + 46 + nameLength), method === 8 ? inflateRawSync(bytes) : bytes)
    at += 46 + nameLength + extra + comment
  }
  return files
}

const plain = (xml: string) => xml.replace(/<[^>]+>/g, '').replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&quot;/g, '"').replace(/&apos;/g, "'").replace(/&amp;/g, '&')

/** The column of a cell's address, from 0: `C7` is 2. */
function columnOf(address: string): number {
  return [...address.replace(/\d/g, '')].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1
}

/** The sheets of a workbook, in their order. */
export function readWorkbook(bytes: Buffer): Sheet[] {
  const files = unzip(bytes)
  const text = (name: string) => files.get(name)?.toString('utf8') ?? ''
  const shared = [...text('xl/sharedStrings.xml').matchAll(/<si>(.*?)<\/si>/gs)].map(([, one]) => plain(one!))
  const targets = new Map([...text('xl/_rels/workbook.xml.rels').matchAll(/<Relationship\b[^>]*>/g)].map(([one]) => [/Id="([^"]+)"/.exec(one)?.[1], /Target="([^"]+)"/.exec(one)?.[1]]))
  return [...text('xl/workbook.xml').matchAll(/<sheet\b[^>]*>/g)].map(([one]) => {
    const target = targets.get(/r:id="([^"]+)"/.exec(one)?.[1]) ?? ''
    const xml = text(`xl/${target.replace(/^\/?(?:xl\/)?/, '')}`)
    const rows = [...xml.matchAll(/<row\b[^>]*>(.*?)<\/row>/gs)].map(([, row]) => {
      const cells: string[] = []
      for (const [, head, body = ''] of row!.matchAll(/<c\b([^>]*?)(?:\/>|>(.*?)<\/c>)/gs)) {
        const value = /<v>(.*?)<\/v>/s.exec(body)?.[1]
        cells[columnOf(/r="([A-Z]+\d+)"/.exec(head!)?.[1] ?? '')] = /t="s"/.test(head!) ? (shared[Number(value)] ?? '') : /t="inlineStr"/.test(head!) ? plain(body) : plain(value ?? '')
      }
      return Array.from(cells, (cell) => cell ?? '')
    })
    return { name: plain(/name="([^"]*)"/.exec(one)?.[1] ?? ''), rows }
  })
}
