# cython: language_level=3
"""Record batches that are handed over by the Arrow C data interface, without an object per buffer.

Knowledge: https://arrow.apache.org/docs/format/CDataInterface.html. A batch is a struct array whose
children are the columns. One block of memory holds all its parts. When the batch is released, the
block is kept for the next batch, and the block that was kept before is freed. So a child must not
be moved out of its batch: the importer of Arrow C++ moves batches.
"""

from libc.stdint cimport int64_t
from libc.string cimport memcpy

from gdb_export.arrow.kernel.column_targets cimport BITS, VARIABLE, Target, offset_of
from gdb_export.firebird.pages.byte_views cimport WritableView, writable_at

cdef extern from *:
    """
    #include <atomic>
    #include <cstddef>
    #include <cstdint>
    #include <cstdlib>
    #include <cstring>

    #ifndef ARROW_C_DATA_INTERFACE
    #define ARROW_C_DATA_INTERFACE
    struct ArrowArray {
        int64_t length, null_count, offset, n_buffers, n_children;
        const void** buffers;
        struct ArrowArray** children;
        struct ArrowArray* dictionary;
        void (*release)(struct ArrowArray*);
        void* private_data;
    };
    #endif

    enum { MAX_BUFFERS = 3 };

    /* Arrow recommends this alignment of buffers. */
    static inline size_t aligned(size_t size) { return (size + 63) & ~(size_t)63; }

    /* The memory of the last released batch, which begins with its size. The next batch takes it,
       if it is not much smaller: the system would have to clear each page of new memory. */
    static std::atomic<size_t*> spare_memory{nullptr};

    static inline void* take_memory(size_t size) {
        size_t* memory = spare_memory.exchange(nullptr);
        if (memory && size <= *memory && *memory / 2 <= size) return memory;
        free(memory);
        memory = (size_t*)malloc(size);
        if (memory) *memory = size;
        return memory;
    }

    static void release_column(ArrowArray* column) { column->release = nullptr; }

    static void release_batch(ArrowArray* batch) {
        for (int64_t i = 0; i < batch->n_children; i++)
            if (batch->children[i]->release) batch->children[i]->release(batch->children[i]);
        free(spare_memory.exchange((size_t*)batch->private_data));
        batch->release = nullptr;
    }

    static inline void release_if_kept(ArrowArray* batch) {
        if (batch->release) batch->release(batch);
    }

    /* Makes a batch of columns without buffers, with `size` bytes for them. Returns the address of
       these bytes, or NULL if there is no memory. */
    static inline unsigned char* begin_batch(
        ArrowArray* batch, ptrdiff_t columns, ptrdiff_t rows, size_t size
    ) {
        const size_t pointers = columns * (1 + MAX_BUFFERS) + 1;
        const size_t header = aligned(columns * sizeof(ArrowArray) + pointers * sizeof(void*));
        // aligned(1) more for the size of the memory, and because malloc aligns to less
        unsigned char* memory = (unsigned char*)take_memory(header + size + 2 * aligned(1));
        if (memory == nullptr) return nullptr;
        unsigned char* block = memory + aligned(1);
        memset(block, 0, header);
        ArrowArray* arrays = (ArrowArray*)block;
        ArrowArray** children = (ArrowArray**)(arrays + columns);
        const void** buffers = (const void**)(children + columns);
        memset(batch, 0, sizeof *batch);
        batch->length = rows;
        batch->n_buffers = 1;  // the validity of a struct, which has none
        batch->n_children = columns;
        batch->buffers = buffers + columns * MAX_BUFFERS;
        batch->children = children;
        batch->release = release_batch;
        batch->private_data = memory;
        for (ptrdiff_t i = 0; i < columns; i++) {
            arrays[i].length = rows;
            arrays[i].buffers = buffers + i * MAX_BUFFERS;
            arrays[i].release = release_column;
            children[i] = arrays + i;
        }
        return (unsigned char*)aligned((size_t)(block + header));
    }
    """
    cdef struct ArrowArray:
        int64_t null_count, n_buffers
        const void** buffers
        ArrowArray** children
    size_t aligned(size_t size) noexcept nogil
    void release_if_kept(ArrowArray* batch) noexcept
    unsigned char* begin_batch(
        ArrowArray* batch, Py_ssize_t columns, Py_ssize_t rows, size_t size
    ) noexcept


cdef inline Py_ssize_t validity_bytes(Target* target, Py_ssize_t rows) noexcept nogil:
    return (rows + 7) // 8 if target.nulls else 0


cdef inline Py_ssize_t values_bytes(Target* target, Py_ssize_t rows) noexcept nogil:
    """The bytes of bits, fixed values or offsets."""
    if target.storage == BITS:
        return (rows + 7) // 8
    return 4 * (rows + 1) if target.storage == VARIABLE else rows * target.width


cdef inline Py_ssize_t exported_bytes(Target* target, Py_ssize_t rows) except -1 nogil:
    """The bytes that `export_column` needs."""
    cdef Py_ssize_t data = offset_of(target, rows) if target.storage == VARIABLE else 0
    return <Py_ssize_t>(
        aligned(validity_bytes(target, rows)) + aligned(values_bytes(target, rows)) + aligned(data)
    )


cdef inline unsigned char* export_column(
    ArrowArray* column, Target* target, Py_ssize_t rows, unsigned char* to
) except NULL nogil:
    """Copy the buffers of a column to `to`; return the end of the copies."""
    cdef int has_data = target.storage == VARIABLE
    column.null_count, column.n_buffers = target.nulls, 3 if has_data else 2
    if target.nulls:
        to = export_buffer(column, 0, &target.validity, validity_bytes(target, rows), to)
    to = export_buffer(column, 1, &target.values, values_bytes(target, rows), to)
    if has_data:
        to = export_buffer(column, 2, &target.data, offset_of(target, rows), to)
    return to


cdef inline unsigned char* export_buffer(
    ArrowArray* column, int index, WritableView* view, Py_ssize_t length, unsigned char* to
) except NULL nogil:
    column.buffers[index] = to
    if length:
        memcpy(to, writable_at(view[0], 0, length), length)
    return to + aligned(length)
