// A long list of which only what is in sight is drawn: where each line stands, and which are in sight.
// A line is a heading or a row of one or several cells, of known height, so nothing jumps.
export type Line<T> = { kind: 'heading'; key: string; title: string; top: number; height: number } | { kind: 'cells'; key: string; cells: T[]; top: number; height: number }
export interface Layout<T> { lines: Line<T>[]; height: number }

export const layOut = <T extends { id: string }>(items: readonly T[], columns: number, cell: number, heading: number, titleOf: (item: T) => string): Layout<T> => {
  const lines: Line<T>[] = []
  let top = 0
  let title = ''
  for (const item of items) {
    const now = titleOf(item)
    const last = lines[lines.length - 1]
    if (now !== title || !last) {
      title = now
      lines.push({ kind: 'heading', key: `h ${now} ${item.id}`, title: now, top, height: heading })
      top += heading
    }
    const open = lines[lines.length - 1]!
    if (open.kind === 'cells' && open.cells.length < columns) { open.cells.push(item); continue }
    lines.push({ kind: 'cells', key: item.id, cells: [item], top, height: cell })
    top += cell
  }
  return { lines, height: top }
}

// The lines that touch from..to; their tops only grow, so halves are enough.
export const inSight = <T>({ lines }: Layout<T>, from: number, to: number): Line<T>[] => {
  let [low, high] = [0, lines.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (lines[middle]!.top + lines[middle]!.height < from) low = middle + 1
    else high = middle
  }
  let end = low
  while (end < lines.length && lines[end]!.top <= to) end++
  return lines.slice(low, end)
}
