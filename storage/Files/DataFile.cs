using System.IO.Compression;

namespace Personalization.Storage.Files;

/// <summary>Opens a file, unpacking it where its first bytes say gzip (RFC 1952), whatever it is called.</summary>
public static class DataFile
{
    /// <param name="read">Told how many bytes of the file were read at a time, for progress.</param>
    /// <exception cref="ImportException">There is no such file, or it cannot be opened.</exception>
    public static Stream Open(string path, Action<int>? read = null)
    {
        try
        {
            var options = new FileStreamOptions { BufferSize = 0, Options = FileOptions.SequentialScan };
            var file = new CountedStream(new FileStream(path, options), read);
            return file.IsGzip() ? new BufferedStream(new UnpackedStream(path, file), 1 << 16) : file;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ImportException($"Cannot open {path}: {failure.Message}", failure);
        }
    }

    /// <summary>Says how a packed file is damaged. That an early end is damage is a switch that the build sets.</summary>
    sealed class UnpackedStream(string path, CountedStream file) : GZipStream(file, CompressionMode.Decompress)
    {
        public override int Read(byte[] into, int offset, int count)
        {
            try
            {
                return base.Read(into, offset, count);
            }
            catch (InvalidDataException damage)
            {
                var early = file.HasEnded ? ": it ends too early" : "";
                throw new ImportException($"{path} is a damaged gzip file{early}.", damage);
            }
        }
    }

    /// <summary>Counts what is read from the file itself, packed as it may be.</summary>
    sealed class CountedStream(FileStream file, Action<int>? read) : Stream
    {
        public bool HasEnded { get; private set; }

        public bool IsGzip()
        {
            Span<byte> magic = stackalloc byte[2];
            var length = file.ReadAtLeast(magic, 2, throwOnEndOfStream: false);
            file.Position = 0;
            return length == 2 && magic is [0x1f, 0x8b];
        }

        public override int Read(Span<byte> into)
        {
            var length = file.Read(into);
            HasEnded |= length == 0;
            read?.Invoke(length);
            return length;
        }

        public override int Read(byte[] into, int offset, int count) => Read(into.AsSpan(offset, count));

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                file.Dispose();
            base.Dispose(disposing);
        }

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => file.Length;
        public override long Position
        {
            get => file.Position;
            set => throw new NotSupportedException();
        }

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] from, int offset, int count) => throw new NotSupportedException();
    }
}
