;; A component of contract 0.1.0. It calls WASI's preview 1, which the adapter of wasm-tools makes preview 2 of, as for Go and C.
;; Made once by wasm-tools out of a module with names, and printed; it is never made anew, since what it proves is that it goes on running.
(component
  (type $ty-podweave:plugin/outputs@0.1.0 (;0;)
    (instance
      (type (;0;) (list u8))
      (type (;1;) (func (param "path" string) (param "contents" 0)))
      (export (;0;) "file-bytes" (func (type 1)))
    )
  )
  (import "podweave:plugin/outputs@0.1.0" (instance $podweave:plugin/outputs@0.1.0 (;0;) (type $ty-podweave:plugin/outputs@0.1.0)))
  (type $ty-wasi:cli/environment@0.2.12 (;1;)
    (instance
      (type (;0;) (tuple string string))
      (type (;1;) (list 0))
      (type (;2;) (func (result 1)))
      (export (;0;) "get-environment" (func (type 2)))
    )
  )
  (import "wasi:cli/environment@0.2.12" (instance $wasi:cli/environment@0.2.12 (;1;) (type $ty-wasi:cli/environment@0.2.12)))
  (type $ty-wasi:io/error@0.2.12 (;2;)
    (instance
      (export (;0;) "error" (type (sub resource)))
    )
  )
  (import "wasi:io/error@0.2.12" (instance $wasi:io/error@0.2.12 (;2;) (type $ty-wasi:io/error@0.2.12)))
  (alias export $wasi:io/error@0.2.12 "error" (type $error (;3;)))
  (type $ty-wasi:io/streams@0.2.12 (;4;)
    (instance
      (alias outer 1 $error (type (;0;)))
      (export (;1;) "error" (type (eq 0)))
      (export (;2;) "output-stream" (type (sub resource)))
      (type (;3;) (own 1))
      (type (;4;) (variant (case "last-operation-failed" 3) (case "closed")))
      (export (;5;) "stream-error" (type (eq 4)))
      (export (;6;) "input-stream" (type (sub resource)))
      (type (;7;) (borrow 2))
      (type (;8;) (result u64 (error 5)))
      (type (;9;) (func (param "self" 7) (result 8)))
      (export (;0;) "[method]output-stream.check-write" (func (type 9)))
      (type (;10;) (list u8))
      (type (;11;) (result (error 5)))
      (type (;12;) (func (param "self" 7) (param "contents" 10) (result 11)))
      (export (;1;) "[method]output-stream.write" (func (type 12)))
      (export (;2;) "[method]output-stream.blocking-write-and-flush" (func (type 12)))
      (type (;13;) (func (param "self" 7) (result 11)))
      (export (;3;) "[method]output-stream.blocking-flush" (func (type 13)))
    )
  )
  (import "wasi:io/streams@0.2.12" (instance $wasi:io/streams@0.2.12 (;3;) (type $ty-wasi:io/streams@0.2.12)))
  (alias export $wasi:io/streams@0.2.12 "input-stream" (type $input-stream (;5;)))
  (type $ty-wasi:cli/stdin@0.2.12 (;6;)
    (instance
      (alias outer 1 $input-stream (type (;0;)))
      (export (;1;) "input-stream" (type (eq 0)))
      (type (;2;) (own 1))
      (type (;3;) (func (result 2)))
      (export (;0;) "get-stdin" (func (type 3)))
    )
  )
  (import "wasi:cli/stdin@0.2.12" (instance $wasi:cli/stdin@0.2.12 (;4;) (type $ty-wasi:cli/stdin@0.2.12)))
  (alias export $wasi:io/streams@0.2.12 "output-stream" (type $output-stream (;7;)))
  (type $ty-wasi:cli/stdout@0.2.12 (;8;)
    (instance
      (alias outer 1 $output-stream (type (;0;)))
      (export (;1;) "output-stream" (type (eq 0)))
      (type (;2;) (own 1))
      (type (;3;) (func (result 2)))
      (export (;0;) "get-stdout" (func (type 3)))
    )
  )
  (import "wasi:cli/stdout@0.2.12" (instance $wasi:cli/stdout@0.2.12 (;5;) (type $ty-wasi:cli/stdout@0.2.12)))
  (alias export $wasi:io/streams@0.2.12 "output-stream" (type $"#type9 output-stream" (@name "output-stream") (;9;)))
  (type $ty-wasi:cli/stderr@0.2.12 (;10;)
    (instance
      (alias outer 1 $"#type9 output-stream" (type (;0;)))
      (export (;1;) "output-stream" (type (eq 0)))
      (type (;2;) (own 1))
      (type (;3;) (func (result 2)))
      (export (;0;) "get-stderr" (func (type 3)))
    )
  )
  (import "wasi:cli/stderr@0.2.12" (instance $wasi:cli/stderr@0.2.12 (;6;) (type $ty-wasi:cli/stderr@0.2.12)))
  (type $ty-wasi:clocks/monotonic-clock@0.2.12 (;11;)
    (instance
      (type (;0;) u64)
      (export (;1;) "instant" (type (eq 0)))
      (type (;2;) (func (result 1)))
      (export (;0;) "now" (func (type 2)))
    )
  )
  (import "wasi:clocks/monotonic-clock@0.2.12" (instance $wasi:clocks/monotonic-clock@0.2.12 (;7;) (type $ty-wasi:clocks/monotonic-clock@0.2.12)))
  (type $ty-wasi:clocks/wall-clock@0.2.12 (;12;)
    (instance
      (type (;0;) (record (field "seconds" u64) (field "nanoseconds" u32)))
      (export (;1;) "datetime" (type (eq 0)))
      (type (;2;) (func (result 1)))
      (export (;0;) "now" (func (type 2)))
    )
  )
  (import "wasi:clocks/wall-clock@0.2.12" (instance $wasi:clocks/wall-clock@0.2.12 (;8;) (type $ty-wasi:clocks/wall-clock@0.2.12)))
  (alias export $wasi:io/streams@0.2.12 "error" (type $"#type13 error" (@name "error") (;13;)))
  (alias export $wasi:io/streams@0.2.12 "output-stream" (type $"#type14 output-stream" (@name "output-stream") (;14;)))
  (alias export $wasi:clocks/wall-clock@0.2.12 "datetime" (type $datetime (;15;)))
  (type $ty-wasi:filesystem/types@0.2.12 (;16;)
    (instance
      (alias outer 1 $"#type13 error" (type (;0;)))
      (export (;1;) "error" (type (eq 0)))
      (type (;2;) (enum "access" "would-block" "already" "bad-descriptor" "busy" "deadlock" "quota" "exist" "file-too-large" "illegal-byte-sequence" "in-progress" "interrupted" "invalid" "io" "is-directory" "loop" "too-many-links" "message-size" "name-too-long" "no-device" "no-entry" "no-lock" "insufficient-memory" "insufficient-space" "not-directory" "not-empty" "not-recoverable" "unsupported" "no-tty" "no-such-device" "overflow" "not-permitted" "pipe" "read-only" "invalid-seek" "text-file-busy" "cross-device"))
      (export (;3;) "error-code" (type (eq 2)))
      (export (;4;) "descriptor" (type (sub resource)))
      (type (;5;) (enum "unknown" "block-device" "character-device" "directory" "fifo" "symbolic-link" "regular-file" "socket"))
      (export (;6;) "descriptor-type" (type (eq 5)))
      (alias outer 1 $"#type14 output-stream" (type (;7;)))
      (export (;8;) "output-stream" (type (eq 7)))
      (type (;9;) u64)
      (export (;10;) "filesize" (type (eq 9)))
      (type (;11;) u64)
      (export (;12;) "link-count" (type (eq 11)))
      (alias outer 1 $datetime (type (;13;)))
      (export (;14;) "datetime" (type (eq 13)))
      (type (;15;) (option 14))
      (type (;16;) (record (field "type" 6) (field "link-count" 12) (field "size" 10) (field "data-access-timestamp" 15) (field "data-modification-timestamp" 15) (field "status-change-timestamp" 15)))
      (export (;17;) "descriptor-stat" (type (eq 16)))
      (type (;18;) (borrow 4))
      (type (;19;) (own 8))
      (type (;20;) (result 19 (error 3)))
      (type (;21;) (func (param "self" 18) (param "offset" 10) (result 20)))
      (export (;0;) "[method]descriptor.write-via-stream" (func (type 21)))
      (type (;22;) (func (param "self" 18) (result 20)))
      (export (;1;) "[method]descriptor.append-via-stream" (func (type 22)))
      (type (;23;) (result 6 (error 3)))
      (type (;24;) (func (param "self" 18) (result 23)))
      (export (;2;) "[method]descriptor.get-type" (func (type 24)))
      (type (;25;) (result 17 (error 3)))
      (type (;26;) (func (param "self" 18) (result 25)))
      (export (;3;) "[method]descriptor.stat" (func (type 26)))
      (type (;27;) (borrow 1))
      (type (;28;) (option 3))
      (type (;29;) (func (param "err" 27) (result 28)))
      (export (;4;) "filesystem-error-code" (func (type 29)))
    )
  )
  (import "wasi:filesystem/types@0.2.12" (instance $wasi:filesystem/types@0.2.12 (;9;) (type $ty-wasi:filesystem/types@0.2.12)))
  (alias export $wasi:filesystem/types@0.2.12 "descriptor" (type $descriptor (;17;)))
  (type $ty-wasi:filesystem/preopens@0.2.12 (;18;)
    (instance
      (alias outer 1 $descriptor (type (;0;)))
      (export (;1;) "descriptor" (type (eq 0)))
      (type (;2;) (own 1))
      (type (;3;) (tuple 2 string))
      (type (;4;) (list 3))
      (type (;5;) (func (result 4)))
      (export (;0;) "get-directories" (func (type 5)))
    )
  )
  (import "wasi:filesystem/preopens@0.2.12" (instance $wasi:filesystem/preopens@0.2.12 (;10;) (type $ty-wasi:filesystem/preopens@0.2.12)))
  (type $ty-wasi:random/random@0.2.12 (;19;)
    (instance
      (type (;0;) (list u8))
      (type (;1;) (func (param "len" u64) (result 0)))
      (export (;0;) "get-random-bytes" (func (type 1)))
    )
  )
  (import "wasi:random/random@0.2.12" (instance $wasi:random/random@0.2.12 (;11;) (type $ty-wasi:random/random@0.2.12)))
  (core module $main (;0;)
    (type (;0;) (func (param i32 i32 i32 i32) (result i32)))
    (type (;1;) (func (param i32 i64 i32) (result i32)))
    (type (;2;) (func (param i32 i32) (result i32)))
    (type (;3;) (func (param i32 i32 i32 i32)))
    (type (;4;) (func (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $fd-write (;0;) (type 0)))
    (import "wasi_snapshot_preview1" "clock_time_get" (func $clock-time-get (;1;) (type 1)))
    (import "wasi_snapshot_preview1" "random_get" (func $random-get (;2;) (type 2)))
    (import "wasi_snapshot_preview1" "environ_sizes_get" (func $environ-sizes-get (;3;) (type 2)))
    (import "podweave:plugin/outputs@0.1.0" "file-bytes" (func $file-bytes (;4;) (type 3)))
    (memory (;0;) 4)
    (global $next (;0;) (mut i32) i32.const 4096)
    (export "memory" (memory 0))
    (export "cabi_realloc" (func 5))
    (export "podweave:plugin/renderer@0.1.0#render" (func 6))
    (func (;5;) (type 0) (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
      (local $at i32)
      global.get $next
      i32.const 7
      i32.add
      i32.const -8
      i32.and
      local.set $at
      local.get $at
      local.get $size
      i32.add
      global.set $next
      local.get $at
    )
    (func (;6;) (type 4) (result i32)
      i32.const 0
      i64.const 1
      i32.const 16
      call $clock-time-get
      drop
      i32.const 64
      i32.const 5
      i32.const 16
      i32.const 8
      call $file-bytes
      i32.const 16
      i32.const 8
      call $random-get
      drop
      i32.const 69
      i32.const 6
      i32.const 16
      i32.const 8
      call $file-bytes
      i32.const 16
      i32.const 20
      call $environ-sizes-get
      drop
      i32.const 75
      i32.const 11
      i32.const 16
      i32.const 8
      call $file-bytes
      i32.const 16
      i32.const 90
      i32.store
      i32.const 20
      i32.const 23
      i32.store
      i32.const 2
      i32.const 16
      i32.const 1
      i32.const 32
      call $fd-write
      drop
      i32.const 0
    )
    (data (;0;) (i32.const 90) "written to its stderr\0a\0a")
    (data (;1;) (i32.const 64) "clock")
    (data (;2;) (i32.const 69) "random")
    (data (;3;) (i32.const 75) "environment")
    (data (;4;) (i32.const 86) "said")
    (@producers
      (processed-by "wit-component" "0.259.0")
    )
  )
  (core module $wit-component:adapter:wasi_snapshot_preview1 (;1;)
    (type (;0;) (func (param i32 i32)))
    (type (;1;) (func (param i32)))
    (type (;2;) (func (param i32 i32 i32 i32)))
    (type (;3;) (func (param i32 i32 i32 i32) (result i32)))
    (type (;4;) (func (param i32 i32 i32 i32 i32)))
    (type (;5;) (func (result i64)))
    (type (;6;) (func (param i32 i64 i32)))
    (type (;7;) (func (param i32) (result i32)))
    (type (;8;) (func (param i64 i32)))
    (type (;9;) (func (result i32)))
    (type (;10;) (func (param i32 i32 i32) (result i32)))
    (type (;11;) (func (param i32 i32) (result i32)))
    (type (;12;) (func (param i32 i64 i32) (result i32)))
    (type (;13;) (func (param i32 i64 i64 i64 i64)))
    (type (;14;) (func))
    (import "env" "memory" (memory (;0;) 0))
    (import "wasi:filesystem/types@0.2.12" "filesystem-error-code" (func $_RNvNvNtNtNtNtCsjlDtaMZrRsD_22wasi_snapshot_preview18bindings4wasi10filesystem5types21filesystem_error_code11wit_import1 (;0;) (type 0)))
    (import "wasi:io/error@0.2.12" "[resource-drop]error" (func $_RNvNvXs_NtNtNtNtCsjlDtaMZrRsD_22wasi_snapshot_preview18bindings4wasi2io5errorNtB6_5ErrorNtNtBc_3__rt12WasmResource4drop4drop (;1;) (type 1)))
    (import "wasi:io/streams@0.2.12" "[method]output-stream.check-write" (func $_RNvNvMsa_NtNtNtNtCsjlDtaMZrRsD_22wasi_snapshot_preview18bindings4wasi2io7streamsNtB7_12OutputStream11check_write11wit_import1 (;2;) (type 0)))
    (import "wasi:io/streams@0.2.12" "[method]output-stream.write" (func $_RNvNvMsb_NtNtNtNtCsjlDtaMZrRsD_22wasi_snapshot_preview18bindings4wasi2io7streamsNtB7_12OutputStream5write11wit_import2 (;3;) (type 2)))
    (import "wasi:io/streams@0.2.12" "[method]output-stream.blocking-flush" (func $_RNvNvMse_NtNtNtNtCsjlDtaMZrRsD_22wasi_snapshot_preview18bindings4wasi2io7streamsNtB7_12OutputStream14blocking_flush11wit_import1 (;4;) (type 0)))
    (import "__main_module__" "cabi_realloc" (func $_RNvNvMs8_CsjlDtaMZrRsD_22wasi_snapshot_preview1NtB7_5State3new12cabi_realloc (;5;) (type 3)))
    (import "wasi:clocks/wall-clock@0.2.12" "now" (func $_RNvNvNtNtNtNtCsjlDtaMZrRsD_22wasi_snapshot_preview18bindings4wasi6clocks10wall_clock3now11wit_import1 (;6;) (type 1)))
    (import "wasi:clocks/monotonic-clock@0.2.12" "now" (func $_RNvNvNtNtNtNtCsjlDtaMZrRsD_22wasi_snapshot_preview18bindings4wasi6clocks15monotonic_clock3now11wit_import0 (;7;) (type 5)))
    (import "wasi:cli/environment@0.2.12" "get-environment" (func $_RNvCsjlDtaMZrRsD_22wasi_snapshot_preview124wasi_cli_get_environment (;8;) (type 1)))
    (import "wasi:filesystem/types@0.2.12" "[method]descriptor.get-type" (func $_RNvNvMsl_NtNtNtNtCsjlDtaMZrRsD_22wasi_snapshot_preview18bindings4wasi10filesystem5typesNtB7_10Descriptor8get_type11wit_import1 (;9;) (type 0)))
    (import "wasi:filesystem/preopens@0.2.6" "get-directories" (func $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview111descriptors31wasi_filesystem_get_directories (;10;) (type 1)))
    (import "wasi:filesystem/types@0.2.12" "[resource-drop]descriptor" (func $_RNvNvXsc_NtNtNtNtCsjlDtaMZrRsD_22wasi_snapshot_preview18bindings4wasi10filesystem5typesNtB7_10DescriptorNtNtBd_3__rt12WasmResource4drop4drop (;11;) (type 1)))
    (import "wasi:filesystem/types@0.2.12" "[method]descriptor.append-via-stream" (func $_RNvNvMsh_NtNtNtNtCsjlDtaMZrRsD_22wasi_snapshot_preview18bindings4wasi10filesystem5typesNtB7_10Descriptor17append_via_stream11wit_import1 (;12;) (type 0)))
    (import "wasi:io/streams@0.2.12" "[resource-drop]output-stream" (func $_RNvNvXs4_NtNtNtNtCsjlDtaMZrRsD_22wasi_snapshot_preview18bindings4wasi2io7streamsNtB7_12OutputStreamNtNtBd_3__rt12WasmResource4drop4drop (;13;) (type 1)))
    (import "wasi:io/streams@0.2.12" "[resource-drop]input-stream" (func $_RNvNvXs2_NtNtNtNtCsjlDtaMZrRsD_22wasi_snapshot_preview18bindings4wasi2io7streamsNtB7_11InputStreamNtNtBd_3__rt12WasmResource4drop4drop (;14;) (type 1)))
    (import "wasi:random/random@0.2.12" "get-random-bytes" (func $_RNvNvNtNtNtNtCsjlDtaMZrRsD_22wasi_snapshot_preview18bindings4wasi6random6random16get_random_bytes11wit_import1 (;15;) (type 8)))
    (import "wasi:cli/stderr@0.2.12" "get-stderr" (func $_RNvNvNtNtNtNtCsjlDtaMZrRsD_22wasi_snapshot_preview18bindings4wasi3cli6stderr10get_stderr11wit_import0 (;16;) (type 9)))
    (import "wasi:io/streams@0.2.12" "[method]output-stream.blocking-write-and-flush" (func $_RNvNvMsc_NtNtNtNtCsjlDtaMZrRsD_22wasi_snapshot_preview18bindings4wasi2io7streamsNtB7_12OutputStream24blocking_write_and_flush11wit_import2 (;17;) (type 2)))
    (import "wasi:filesystem/types@0.2.12" "[method]descriptor.write-via-stream" (func $_RNvNvMsg_NtNtNtNtCsjlDtaMZrRsD_22wasi_snapshot_preview18bindings4wasi10filesystem5typesNtB7_10Descriptor16write_via_stream11wit_import1 (;18;) (type 6)))
    (import "wasi:cli/stdin@0.2.12" "get-stdin" (func $_RNvNvNtNtNtNtCsjlDtaMZrRsD_22wasi_snapshot_preview18bindings4wasi3cli5stdin9get_stdin11wit_import0 (;19;) (type 9)))
    (import "wasi:cli/stdout@0.2.12" "get-stdout" (func $_RNvNvNtNtNtNtCsjlDtaMZrRsD_22wasi_snapshot_preview18bindings4wasi3cli6stdout10get_stdout11wit_import0 (;20;) (type 9)))
    (import "wasi:filesystem/types@0.2.12" "[method]descriptor.stat" (func $_RNvNvMst_NtNtNtNtCsjlDtaMZrRsD_22wasi_snapshot_preview18bindings4wasi10filesystem5typesNtB7_10Descriptor4stat11wit_import1 (;21;) (type 0)))
    (global $__stack_pointer (;0;) (mut i32) i32.const 0)
    (global $internal_state_ptr (;1;) (mut i32) i32.const 0)
    (global $allocation_state (;2;) (mut i32) i32.const 0)
    (export "cabi_import_realloc" (func $cabi_import_realloc))
    (export "fd_write" (func $fd_write))
    (export "clock_time_get" (func $clock_time_get))
    (export "random_get" (func $random_get))
    (export "environ_sizes_get" (func $environ_sizes_get))
    (func $_RNvCsjlDtaMZrRsD_22wasi_snapshot_preview121stream_error_to_errno (;22;) (type 7) (param i32) (result i32)
      (local i32 i32)
      global.get $__stack_pointer
      i32.const 16
      i32.sub
      local.tee 1
      global.set $__stack_pointer
      local.get 0
      local.get 1
      i32.const 14
      i32.add
      call $_RNvNvNtNtNtNtCsjlDtaMZrRsD_22wasi_snapshot_preview18bindings4wasi10filesystem5types21filesystem_error_code11wit_import1
      block ;; label = @1
        block ;; label = @2
          local.get 1
          i32.load8_u offset=14
          br_if 0 (;@2;)
          i32.const 29
          local.set 2
          br 1 (;@1;)
        end
        local.get 1
        i32.load8_u offset=15
        call $_RNvXs4_CsjlDtaMZrRsD_22wasi_snapshot_preview1NtNtCs9YX7DM3Gg5f_6wasip113lib_generated5ErrnoINtNtCskGMzdWn1DGZ_4core7convert4FromNtNtNtNtNtB5_8bindings4wasi10filesystem5types9ErrorCodeE4from
        local.set 2
      end
      block ;; label = @1
        local.get 0
        i32.const -1
        i32.eq
        br_if 0 (;@1;)
        local.get 0
        call $_RNvNvXs_NtNtNtNtCsjlDtaMZrRsD_22wasi_snapshot_preview18bindings4wasi2io5errorNtB6_5ErrorNtNtBc_3__rt12WasmResource4drop4drop
      end
      local.get 1
      i32.const 16
      i32.add
      global.set $__stack_pointer
      local.get 2
    )
    (func $_RNvXs4_CsjlDtaMZrRsD_22wasi_snapshot_preview1NtNtCs9YX7DM3Gg5f_6wasip113lib_generated5ErrnoINtNtCskGMzdWn1DGZ_4core7convert4FromNtNtNtNtNtB5_8bindings4wasi10filesystem5types9ErrorCodeE4from (;23;) (type 7) (param i32) (result i32)
      (local i32 i32)
      global.get $__stack_pointer
      i32.const 16
      i32.sub
      local.set 1
      i32.const 6
      local.set 2
      block ;; label = @1
        block ;; label = @2
          block ;; label = @3
            block ;; label = @4
              block ;; label = @5
                block ;; label = @6
                  block ;; label = @7
                    block ;; label = @8
                      block ;; label = @9
                        block ;; label = @10
                          block ;; label = @11
                            block ;; label = @12
                              block ;; label = @13
                                block ;; label = @14
                                  block ;; label = @15
                                    block ;; label = @16
                                      block ;; label = @17
                                        block ;; label = @18
                                          block ;; label = @19
                                            block ;; label = @20
                                              block ;; label = @21
                                                block ;; label = @22
                                                  block ;; label = @23
                                                    block ;; label = @24
                                                      block ;; label = @25
                                                        block ;; label = @26
                                                          block ;; label = @27
                                                            block ;; label = @28
                                                              block ;; label = @29
                                                                block ;; label = @30
                                                                  block ;; label = @31
                                                                    block ;; label = @32
                                                                      block ;; label = @33
                                                                        block ;; label = @34
                                                                          block ;; label = @35
                                                                            block ;; label = @36
                                                                              block ;; label = @37
                                                                                local.get 0
                                                                                i32.const 255
                                                                                i32.and
                                                                                br_table 0 (;@37;) 36 (;@1;) 1 (;@36;) 2 (;@35;) 3 (;@34;) 4 (;@33;) 5 (;@32;) 6 (;@31;) 7 (;@30;) 8 (;@29;) 9 (;@28;) 10 (;@27;) 11 (;@26;) 12 (;@25;) 13 (;@24;) 14 (;@23;) 15 (;@22;) 16 (;@21;) 17 (;@20;) 18 (;@19;) 19 (;@18;) 20 (;@17;) 21 (;@16;) 22 (;@15;) 23 (;@14;) 24 (;@13;) 25 (;@12;) 26 (;@11;) 27 (;@10;) 28 (;@9;) 29 (;@8;) 30 (;@7;) 31 (;@6;) 32 (;@5;) 33 (;@4;) 34 (;@3;) 35 (;@2;) 0 (;@37;)
                                                                              end
                                                                              local.get 1
                                                                              i32.const 2
                                                                              i32.store16 offset=14
                                                                              local.get 1
                                                                              i32.const 14
                                                                              i32.add
                                                                              local.set 0
                                                                              local.get 1
                                                                              i32.load16_u offset=14
                                                                              return
                                                                            end
                                                                            i32.const 7
                                                                            return
                                                                          end
                                                                          i32.const 8
                                                                          return
                                                                        end
                                                                        i32.const 10
                                                                        return
                                                                      end
                                                                      i32.const 16
                                                                      return
                                                                    end
                                                                    i32.const 19
                                                                    return
                                                                  end
                                                                  i32.const 20
                                                                  return
                                                                end
                                                                i32.const 22
                                                                return
                                                              end
                                                              i32.const 25
                                                              return
                                                            end
                                                            i32.const 26
                                                            return
                                                          end
                                                          i32.const 27
                                                          return
                                                        end
                                                        i32.const 28
                                                        return
                                                      end
                                                      i32.const 29
                                                      return
                                                    end
                                                    i32.const 31
                                                    return
                                                  end
                                                  i32.const 32
                                                  return
                                                end
                                                i32.const 34
                                                return
                                              end
                                              i32.const 35
                                              return
                                            end
                                            i32.const 37
                                            return
                                          end
                                          i32.const 43
                                          return
                                        end
                                        i32.const 44
                                        return
                                      end
                                      i32.const 46
                                      return
                                    end
                                    i32.const 48
                                    return
                                  end
                                  i32.const 51
                                  return
                                end
                                i32.const 54
                                return
                              end
                              i32.const 55
                              return
                            end
                            i32.const 56
                            return
                          end
                          i32.const 58
                          return
                        end
                        i32.const 59
                        return
                      end
                      i32.const 60
                      return
                    end
                    i32.const 61
                    return
                  end
                  i32.const 63
                  return
                end
                i32.const 64
                return
              end
              i32.const 69
              return
            end
            i32.const 70
            return
          end
          i32.const 74
          return
        end
        i32.const 75
        local.set 2
      end
      local.get 2
    )
    (func $_RNvMs1_CsjlDtaMZrRsD_22wasi_snapshot_preview1NtB5_9BumpAlloc5alloc (;24;) (type 10) (param i32 i32 i32) (result i32)
      (local i32 i32 i32)
      global.get $__stack_pointer
      i32.const 32
      i32.sub
      local.tee 3
      global.set $__stack_pointer
      block ;; label = @1
        block ;; label = @2
          block ;; label = @3
            local.get 1
            i32.popcnt
            i32.const 1
            i32.ne
            br_if 0 (;@3;)
            local.get 0
            i32.load offset=4
            local.tee 4
            local.get 1
            local.get 0
            i32.load
            local.tee 5
            i32.add
            i32.const -1
            i32.add
            i32.const 0
            local.get 1
            i32.sub
            i32.and
            local.get 5
            i32.sub
            local.tee 1
            i32.lt_u
            br_if 1 (;@2;)
            local.get 4
            local.get 1
            i32.sub
            local.tee 4
            local.get 2
            i32.ge_u
            br_if 2 (;@1;)
            i32.const 469
            call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros18eprint_unreachable
            local.get 3
            i32.const 8250
            i32.store16 offset=3 align=1
            local.get 3
            i32.const 3
            i32.add
            i32.const 2
            call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros5print
            local.get 3
            i32.const 10
            i32.store8 offset=31
            local.get 3
            i32.const 1701278305
            i32.store offset=27 align=1
            local.get 3
            i64.const 7791349879831294825
            i64.store offset=19 align=1
            local.get 3
            i64.const 2334406575183130223
            i64.store offset=11 align=1
            local.get 3
            i64.const 7598805550979902561
            i64.store offset=3 align=1
            local.get 3
            i32.const 3
            i32.add
            i32.const 29
            call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros5print
            local.get 3
            i32.const 10
            i32.store8 offset=3
            local.get 3
            i32.const 3
            i32.add
            i32.const 1
            call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros5print
            unreachable
          end
          i32.const 479
          call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros18eprint_unreachable
          local.get 3
          i32.const 8250
          i32.store16 offset=3 align=1
          local.get 3
          i32.const 3
          i32.add
          i32.const 2
          call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros5print
          local.get 3
          i32.const 2676
          i32.store16 offset=19 align=1
          local.get 3
          i64.const 7954884637768641633
          i64.store offset=11 align=1
          local.get 3
          i64.const 2334106421097295465
          i64.store offset=3 align=1
          local.get 3
          i32.const 3
          i32.add
          i32.const 18
          call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros5print
          local.get 3
          i32.const 10
          i32.store8 offset=3
          local.get 3
          i32.const 3
          i32.add
          i32.const 1
          call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros5print
          unreachable
        end
        i32.const 483
        call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros18eprint_unreachable
        local.get 3
        i32.const 8250
        i32.store16 offset=3 align=1
        local.get 3
        i32.const 3
        i32.add
        i32.const 2
        call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros5print
        local.get 3
        i32.const 10
        i32.store8 offset=21
        local.get 3
        i32.const 25972
        i32.store16 offset=19 align=1
        local.get 3
        i64.const 7017575155838820463
        i64.store offset=11 align=1
        local.get 3
        i64.const 8367798494427701606
        i64.store offset=3 align=1
        local.get 3
        i32.const 3
        i32.add
        i32.const 19
        call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros5print
        local.get 3
        i32.const 10
        i32.store8 offset=3
        local.get 3
        i32.const 3
        i32.add
        i32.const 1
        call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros5print
        unreachable
      end
      local.get 0
      local.get 4
      local.get 2
      i32.sub
      i32.store offset=4
      local.get 0
      local.get 5
      local.get 1
      i32.add
      local.tee 1
      local.get 2
      i32.add
      i32.store
      local.get 3
      i32.const 32
      i32.add
      global.set $__stack_pointer
      local.get 1
    )
    (func $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros18eprint_unreachable (;25;) (type 1) (param i32)
      (local i32)
      global.get $__stack_pointer
      i32.const 48
      i32.sub
      local.tee 1
      global.set $__stack_pointer
      local.get 1
      i32.const 32
      i32.store8 offset=47
      local.get 1
      i32.const 1701734764
      i32.store offset=43 align=1
      local.get 1
      i64.const 2338042707334751329
      i64.store offset=35 align=1
      local.get 1
      i64.const 2338600898263348341
      i64.store offset=27 align=1
      local.get 1
      i64.const 7162263158133189730
      i64.store offset=19 align=1
      local.get 1
      i64.const 7018969289221893749
      i64.store offset=11 align=1
      local.get 1
      i32.const 11
      i32.add
      i32.const 37
      call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros5print
      local.get 0
      call $_RNvNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros10eprint_u3215eprint_u32_impl
      local.get 1
      i32.const 48
      i32.add
      global.set $__stack_pointer
    )
    (func $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros5print (;26;) (type 0) (param i32 i32)
      (local i32)
      global.get $__stack_pointer
      i32.const 16
      i32.sub
      local.tee 2
      global.set $__stack_pointer
      local.get 2
      call $_RNvNvNtNtNtNtCsjlDtaMZrRsD_22wasi_snapshot_preview18bindings4wasi3cli6stderr10get_stderr11wit_import0
      i32.store offset=12
      local.get 2
      i32.const 4
      i32.add
      local.get 2
      i32.const 12
      i32.add
      local.get 0
      local.get 1
      call $_RNvMsc_NtNtNtNtCsjlDtaMZrRsD_22wasi_snapshot_preview18bindings4wasi2io7streamsNtB5_12OutputStream24blocking_write_and_flush
      block ;; label = @1
        local.get 2
        i32.load offset=4
        local.tee 1
        i32.const 2
        i32.eq
        br_if 0 (;@1;)
        local.get 1
        br_if 0 (;@1;)
        local.get 2
        i32.load offset=8
        local.tee 1
        i32.const -1
        i32.eq
        br_if 0 (;@1;)
        local.get 1
        call $_RNvNvXs_NtNtNtNtCsjlDtaMZrRsD_22wasi_snapshot_preview18bindings4wasi2io5errorNtB6_5ErrorNtNtBc_3__rt12WasmResource4drop4drop
      end
      block ;; label = @1
        local.get 2
        i32.load offset=12
        local.tee 1
        i32.const -1
        i32.eq
        br_if 0 (;@1;)
        local.get 1
        call $_RNvNvXs4_NtNtNtNtCsjlDtaMZrRsD_22wasi_snapshot_preview18bindings4wasi2io7streamsNtB7_12OutputStreamNtNtBd_3__rt12WasmResource4drop4drop
      end
      local.get 2
      i32.const 16
      i32.add
      global.set $__stack_pointer
    )
    (func $_RNvMs6_CsjlDtaMZrRsD_22wasi_snapshot_preview1NtB5_12BlockingMode5write (;27;) (type 4) (param i32 i32 i32 i32 i32)
      (local i32 i32 i32 i64)
      global.get $__stack_pointer
      i32.const 16
      i32.sub
      local.tee 5
      global.set $__stack_pointer
      block ;; label = @1
        block ;; label = @2
          local.get 1
          i32.eqz
          br_if 0 (;@2;)
          local.get 4
          local.set 1
          block ;; label = @3
            block ;; label = @4
              loop ;; label = @5
                local.get 5
                local.get 2
                local.get 3
                local.get 1
                i32.const 4096
                local.get 1
                i32.const 4096
                i32.lt_u
                select
                local.tee 6
                call $_RNvMsc_NtNtNtNtCsjlDtaMZrRsD_22wasi_snapshot_preview18bindings4wasi2io7streamsNtB5_12OutputStream24blocking_write_and_flush
                block ;; label = @6
                  local.get 5
                  i32.load
                  local.tee 7
                  i32.const 2
                  i32.eq
                  br_if 0 (;@6;)
                  local.get 7
                  br_if 2 (;@4;)
                  local.get 5
                  i32.load offset=4
                  call $_RNvCsjlDtaMZrRsD_22wasi_snapshot_preview121stream_error_to_errno
                  local.set 1
                  br 3 (;@3;)
                end
                local.get 3
                local.get 6
                i32.add
                local.set 3
                local.get 1
                local.get 6
                i32.sub
                local.tee 1
                br_if 0 (;@5;)
              end
              local.get 0
              i32.const 0
              i32.store16
              local.get 0
              local.get 4
              i32.store offset=4
              br 3 (;@1;)
            end
            i32.const 29
            local.set 1
          end
          local.get 0
          i32.const 1
          i32.store16
          local.get 0
          local.get 1
          i32.store16 offset=2
          br 1 (;@1;)
        end
        local.get 2
        i32.load
        local.get 5
        call $_RNvNvMsa_NtNtNtNtCsjlDtaMZrRsD_22wasi_snapshot_preview18bindings4wasi2io7streamsNtB7_12OutputStream11check_write11wit_import1
        block ;; label = @2
          block ;; label = @3
            block ;; label = @4
              local.get 5
              i32.load8_u
              i32.eqz
              br_if 0 (;@4;)
              i32.const 0
              local.set 1
              local.get 5
              i32.load8_u offset=8
              br_if 1 (;@3;)
              local.get 5
              i32.load offset=12
              call $_RNvCsjlDtaMZrRsD_22wasi_snapshot_preview121stream_error_to_errno
              local.set 1
              br 2 (;@2;)
            end
            local.get 5
            i64.load offset=8
            local.set 8
            block ;; label = @4
              local.get 4
              i32.eqz
              br_if 0 (;@4;)
              i32.const 6
              local.set 1
              local.get 8
              i64.eqz
              br_if 2 (;@2;)
            end
            local.get 8
            i32.wrap_i64
            local.tee 1
            local.get 4
            local.get 1
            local.get 4
            i32.lt_u
            select
            local.set 1
          end
          local.get 2
          i32.load
          local.get 3
          local.get 1
          local.get 5
          call $_RNvNvMsb_NtNtNtNtCsjlDtaMZrRsD_22wasi_snapshot_preview18bindings4wasi2io7streamsNtB7_12OutputStream5write11wit_import2
          block ;; label = @3
            local.get 5
            i32.load8_u
            br_if 0 (;@3;)
            local.get 2
            i32.load
            local.get 5
            call $_RNvNvMse_NtNtNtNtCsjlDtaMZrRsD_22wasi_snapshot_preview18bindings4wasi2io7streamsNtB7_12OutputStream14blocking_flush11wit_import1
            block ;; label = @4
              local.get 5
              i32.load8_u
              br_if 0 (;@4;)
              local.get 0
              i32.const 0
              i32.store16
              local.get 0
              local.get 1
              i32.store offset=4
              br 3 (;@1;)
            end
            block ;; label = @4
              block ;; label = @5
                local.get 5
                i32.load8_u offset=4
                i32.eqz
                br_if 0 (;@5;)
                i32.const 0
                local.set 1
                local.get 0
                i32.const 0
                i32.store offset=4
                br 1 (;@4;)
              end
              local.get 0
              local.get 5
              i32.load offset=8
              call $_RNvCsjlDtaMZrRsD_22wasi_snapshot_preview121stream_error_to_errno
              i32.store16 offset=2
              i32.const 1
              local.set 1
            end
            local.get 0
            local.get 1
            i32.store16
            br 2 (;@1;)
          end
          block ;; label = @3
            block ;; label = @4
              local.get 5
              i32.load8_u offset=4
              i32.eqz
              br_if 0 (;@4;)
              i32.const 0
              local.set 1
              local.get 0
              i32.const 0
              i32.store offset=4
              br 1 (;@3;)
            end
            local.get 0
            local.get 5
            i32.load offset=8
            call $_RNvCsjlDtaMZrRsD_22wasi_snapshot_preview121stream_error_to_errno
            i32.store16 offset=2
            i32.const 1
            local.set 1
          end
          local.get 0
          local.get 1
          i32.store16
          br 1 (;@1;)
        end
        local.get 0
        i32.const 1
        i32.store16
        local.get 0
        local.get 1
        i32.store16 offset=2
      end
      local.get 5
      i32.const 16
      i32.add
      global.set $__stack_pointer
    )
    (func $_RNvMsc_NtNtNtNtCsjlDtaMZrRsD_22wasi_snapshot_preview18bindings4wasi2io7streamsNtB5_12OutputStream24blocking_write_and_flush (;28;) (type 2) (param i32 i32 i32 i32)
      (local i32)
      global.get $__stack_pointer
      i32.const 16
      i32.sub
      local.tee 4
      global.set $__stack_pointer
      local.get 1
      i32.load
      local.get 2
      local.get 3
      local.get 4
      i32.const 4
      i32.add
      call $_RNvNvMsc_NtNtNtNtCsjlDtaMZrRsD_22wasi_snapshot_preview18bindings4wasi2io7streamsNtB7_12OutputStream24blocking_write_and_flush11wit_import2
      block ;; label = @1
        block ;; label = @2
          local.get 4
          i32.load8_u offset=4
          br_if 0 (;@2;)
          i32.const 2
          local.set 1
          br 1 (;@1;)
        end
        local.get 0
        local.get 4
        i32.load offset=12
        i32.store offset=4
        local.get 4
        i32.load8_u offset=8
        i32.const 0
        i32.ne
        local.set 1
      end
      local.get 0
      local.get 1
      i32.store
      local.get 4
      i32.const 16
      i32.add
      global.set $__stack_pointer
    )
    (func $_RNvMs8_CsjlDtaMZrRsD_22wasi_snapshot_preview1NtB5_5State11descriptors (;29;) (type 0) (param i32 i32)
      (local i32 i32)
      global.get $__stack_pointer
      i32.const 6160
      i32.sub
      local.tee 2
      global.set $__stack_pointer
      block ;; label = @1
        block ;; label = @2
          local.get 1
          i32.load offset=24
          br_if 0 (;@2;)
          local.get 1
          i32.const -1
          i32.store offset=24
          local.get 1
          i32.const 32
          i32.add
          local.set 3
          block ;; label = @3
            local.get 1
            i32.load offset=6180
            i32.const 2
            i32.ne
            br_if 0 (;@3;)
            local.get 2
            local.get 1
            call $_RNvMs0_NtCsjlDtaMZrRsD_22wasi_snapshot_preview111descriptorsNtB5_11Descriptors3new
            local.get 3
            local.get 2
            i32.const 6160
            memory.copy
            local.get 1
            i32.load offset=6180
            i32.const 2
            i32.eq
            br_if 2 (;@1;)
          end
          local.get 0
          local.get 1
          i32.const 24
          i32.add
          i32.store offset=4
          local.get 0
          local.get 3
          i32.store
          local.get 2
          i32.const 6160
          i32.add
          global.set $__stack_pointer
          return
        end
        i32.const 2949
        call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros11unreachable
        unreachable
      end
      i32.const 2953
      call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros11unreachable
      unreachable
    )
    (func $_RNvMs0_NtCsjlDtaMZrRsD_22wasi_snapshot_preview111descriptorsNtB5_11Descriptors3new (;30;) (type 0) (param i32 i32)
      (local i32 i32 i32 i32 i32 i32 i32 i32)
      global.get $__stack_pointer
      i32.const 6208
      i32.sub
      local.tee 2
      global.set $__stack_pointer
      local.get 2
      i32.const 0
      i32.store offset=6148
      call $_RNvNvNtNtNtNtCsjlDtaMZrRsD_22wasi_snapshot_preview18bindings4wasi3cli5stdin9get_stdin11wit_import0
      local.set 3
      local.get 2
      i32.const 2
      i32.store8 offset=41
      local.get 2
      i32.const 0
      i32.store8 offset=24
      local.get 2
      i64.const 0
      i64.store offset=16
      local.get 2
      i32.const 1
      i32.store
      local.get 2
      local.get 3
      i64.extend_i32_u
      i64.const 32
      i64.shl
      i64.const 1
      i64.or
      i64.store offset=8
      call $_RNvNvNtNtNtNtCsjlDtaMZrRsD_22wasi_snapshot_preview18bindings4wasi3cli6stdout10get_stdout11wit_import0
      local.set 3
      local.get 2
      i32.const 2
      i32.store8 offset=89
      local.get 2
      i32.const 1
      i32.store8 offset=72
      local.get 2
      i64.const 0
      i64.store offset=56
      local.get 2
      i32.const 1
      i32.store offset=48
      local.get 2
      local.get 3
      i64.extend_i32_u
      i64.const 32
      i64.shl
      i64.const 1
      i64.or
      i64.store offset=64
      call $_RNvNvNtNtNtNtCsjlDtaMZrRsD_22wasi_snapshot_preview18bindings4wasi3cli6stderr10get_stderr11wit_import0
      local.set 3
      local.get 1
      i32.const 59016
      i32.store offset=16
      local.get 1
      local.get 1
      i32.const 6192
      i32.add
      i32.store offset=12
      local.get 1
      i32.load offset=4
      local.set 4
      local.get 1
      i64.const 1
      i64.store offset=4 align=4
      local.get 2
      i32.const 3
      i32.store16 offset=6144
      local.get 2
      i32.const 2
      i32.store8 offset=137
      local.get 2
      i32.const 2
      i32.store8 offset=120
      local.get 2
      i64.const 0
      i64.store offset=104
      local.get 2
      i32.const 1
      i32.store offset=96
      local.get 2
      local.get 3
      i64.extend_i32_u
      i64.const 32
      i64.shl
      i64.const 1
      i64.or
      i64.store offset=112
      block ;; label = @1
        block ;; label = @2
          block ;; label = @3
            local.get 4
            i32.const 4
            i32.ne
            br_if 0 (;@3;)
            local.get 2
            i64.const 0
            i64.store offset=6160 align=4
            local.get 2
            i32.const 6160
            i32.add
            call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview111descriptors31wasi_filesystem_get_directories
            local.get 2
            i32.load offset=6164
            local.set 5
            local.get 2
            i32.load offset=6160
            local.set 3
            local.get 1
            i32.const 4
            i32.store offset=4
            block ;; label = @4
              local.get 5
              i32.eqz
              br_if 0 (;@4;)
              local.get 2
              i32.const 144
              i32.add
              local.set 4
              local.get 2
              i32.const 6160
              i32.add
              i32.const 8
              i32.add
              local.set 6
              i32.const 0
              local.set 1
              loop ;; label = @5
                local.get 3
                i32.const 8
                i32.add
                i32.load
                local.set 7
                local.get 3
                i32.load
                local.tee 8
                local.get 2
                i32.const 6160
                i32.add
                call $_RNvNvMsl_NtNtNtNtCsjlDtaMZrRsD_22wasi_snapshot_preview18bindings4wasi10filesystem5typesNtB7_10Descriptor8get_type11wit_import1
                local.get 2
                i32.load8_u offset=6160
                br_if 3 (;@2;)
                local.get 2
                i32.load8_u offset=6161
                local.set 9
                local.get 6
                i64.const 0
                i64.store offset=8
                local.get 6
                i64.const 0
                i64.store
                local.get 2
                local.get 7
                i32.store offset=6204
                local.get 2
                i32.const 256
                i32.store16 offset=6200
                local.get 2
                i64.const 0
                i64.store offset=6192
                local.get 2
                local.get 9
                i32.store8 offset=6188
                local.get 2
                local.get 8
                i32.store offset=6184
                local.get 2
                i32.const 1
                i32.store offset=6160
                local.get 1
                i32.const 125
                i32.eq
                br_if 4 (;@1;)
                local.get 4
                local.get 2
                i32.const 6160
                i32.add
                i32.const 48
                memory.copy
                local.get 2
                local.get 1
                i32.const 4
                i32.add
                i32.store16 offset=6144
                local.get 3
                i32.const 12
                i32.add
                local.set 3
                local.get 4
                i32.const 48
                i32.add
                local.set 4
                local.get 1
                i32.const 1
                i32.add
                local.tee 7
                local.set 1
                local.get 5
                local.get 7
                i32.ne
                br_if 0 (;@5;)
              end
            end
            local.get 0
            local.get 2
            i32.const 6160
            memory.copy
            local.get 2
            i32.const 6208
            i32.add
            global.set $__stack_pointer
            return
          end
          i32.const 3000
          call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros18eprint_unreachable
          local.get 2
          i32.const 8250
          i32.store16 offset=6160 align=1
          local.get 2
          i32.const 6160
          i32.add
          i32.const 2
          call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros5print
          local.get 2
          i32.const 10
          i32.store8 offset=6188
          local.get 2
          i32.const 1952805664
          i32.store offset=6184 align=1
          local.get 2
          i64.const 8747223464599642400
          i64.store offset=6176 align=1
          local.get 2
          i64.const 8245937404367563884
          i64.store offset=6168 align=1
          local.get 2
          i64.const 6998721855778483561
          i64.store offset=6160 align=1
          local.get 2
          i32.const 6160
          i32.add
          i32.const 29
          call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros5print
          local.get 2
          i32.const 10
          i32.store8 offset=6160
          local.get 2
          i32.const 6160
          i32.add
          i32.const 1
          call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros5print
          unreachable
        end
        i32.const 167
        call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros11unreachable
        unreachable
      end
      local.get 2
      i32.const 6160
      i32.add
      call $_RINvNtCskGMzdWn1DGZ_4core3ptr9drop_glueNtNtCsjlDtaMZrRsD_22wasi_snapshot_preview111descriptors10DescriptorEBF_
      i32.const 167
      call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros11unreachable
      unreachable
    )
    (func $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros11unreachable (;31;) (type 1) (param i32)
      (local i32)
      global.get $__stack_pointer
      i32.const 16
      i32.sub
      local.tee 1
      global.set $__stack_pointer
      local.get 0
      call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros18eprint_unreachable
      local.get 1
      i32.const 10
      i32.store8 offset=15
      local.get 1
      i32.const 15
      i32.add
      i32.const 1
      call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros5print
      unreachable
    )
    (func $_RNvMs8_CsjlDtaMZrRsD_22wasi_snapshot_preview1NtB5_5State3new (;32;) (type 9) (result i32)
      (local i32)
      block ;; label = @1
        call $get_allocation_state
        i32.const 2
        i32.ne
        br_if 0 (;@1;)
        i32.const 3
        call $set_allocation_state
        i32.const 0
        i32.const 0
        i32.const 8
        i32.const 65536
        call $_RNvNvMs8_CsjlDtaMZrRsD_22wasi_snapshot_preview1NtB7_5State3new12cabi_realloc
        local.set 0
        i32.const 4
        call $set_allocation_state
        local.get 0
        i32.const 0
        i32.store offset=65504
        local.get 0
        i32.const 2
        i32.store offset=6180
        local.get 0
        i32.const 0
        i32.store offset=24
        local.get 0
        i64.const 17740359541
        i64.store
        local.get 0
        i32.const 65464
        i32.add
        i32.const 0
        i32.const 37
        memory.fill
        local.get 0
        i32.const 560490357
        i32.store offset=65532
        local.get 0
        i32.const 0
        i32.store8 offset=65528
        local.get 0
        i64.const 0
        i64.store offset=65520
        local.get 0
        i32.const 11822
        i32.store16 offset=65512
        local.get 0
        return
      end
      i32.const 2889
      call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros11assert_fail
      unreachable
    )
    (func $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros11assert_fail (;33;) (type 1) (param i32)
      (local i32)
      global.get $__stack_pointer
      i32.const 48
      i32.sub
      local.tee 1
      global.set $__stack_pointer
      local.get 1
      i32.const 32
      i32.store8 offset=47
      local.get 1
      i64.const 7308895158390646132
      i64.store offset=39 align=1
      local.get 1
      i64.const 8097863973307965728
      i64.store offset=31 align=1
      local.get 1
      i64.const 7234307576302018670
      i64.store offset=23 align=1
      local.get 1
      i64.const 8028075845441778529
      i64.store offset=15 align=1
      local.get 1
      i32.const 15
      i32.add
      i32.const 33
      call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros5print
      local.get 0
      call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros10eprint_u32
      unreachable
    )
    (func $_RNvMs8_CsjlDtaMZrRsD_22wasi_snapshot_preview1NtB5_5State3ptr (;34;) (type 9) (result i32)
      (local i32)
      block ;; label = @1
        call $get_state_ptr
        local.tee 0
        br_if 0 (;@1;)
        call $_RNvMs8_CsjlDtaMZrRsD_22wasi_snapshot_preview1NtB5_5State3new
        local.tee 0
        call $set_state_ptr
      end
      local.get 0
    )
    (func $cabi_import_realloc (;35;) (type 3) (param i32 i32 i32 i32) (result i32)
      (local i32 i32 i64)
      call $allocate_stack
      global.get $__stack_pointer
      i32.const 48
      i32.sub
      local.tee 4
      global.set $__stack_pointer
      block ;; label = @1
        block ;; label = @2
          block ;; label = @3
            block ;; label = @4
              block ;; label = @5
                block ;; label = @6
                  block ;; label = @7
                    block ;; label = @8
                      block ;; label = @9
                        call $_RNvMs8_CsjlDtaMZrRsD_22wasi_snapshot_preview1NtB5_5State3ptr
                        local.tee 5
                        i32.load
                        i32.const 560490357
                        i32.ne
                        br_if 0 (;@9;)
                        block ;; label = @10
                          local.get 5
                          i32.load offset=65532
                          i32.const 560490357
                          i32.ne
                          br_if 0 (;@10;)
                          local.get 5
                          i64.load offset=4 align=4
                          local.set 6
                          local.get 5
                          i32.const 4
                          i32.store offset=4
                          local.get 4
                          local.get 5
                          i32.load offset=20
                          i32.store offset=16
                          local.get 4
                          local.get 5
                          i64.load offset=12 align=4
                          i64.store offset=8
                          local.get 4
                          local.get 6
                          i64.store
                          local.get 0
                          i32.eqz
                          br_if 2 (;@8;)
                          local.get 1
                          local.get 3
                          i32.le_u
                          br_if 3 (;@7;)
                          local.get 2
                          i32.const 1
                          i32.eq
                          br_if 8 (;@2;)
                          i32.const 406
                          call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros11assert_fail
                          unreachable
                        end
                        i32.const 2858
                        call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros11assert_fail
                        unreachable
                      end
                      i32.const 2857
                      call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros11assert_fail
                      unreachable
                    end
                    local.get 4
                    i32.load
                    br_table 1 (;@6;) 4 (;@3;) 3 (;@4;) 2 (;@5;) 6 (;@1;) 1 (;@6;)
                  end
                  i32.const 405
                  call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros11assert_fail
                  unreachable
                end
                local.get 4
                i32.const 4
                i32.or
                local.get 2
                local.get 3
                call $_RNvMs1_CsjlDtaMZrRsD_22wasi_snapshot_preview1NtB5_9BumpAlloc5alloc
                local.set 0
                local.get 4
                i32.const 4
                i32.store
                br 3 (;@2;)
              end
              local.get 4
              i32.const 12
              i32.add
              local.set 0
              block ;; label = @5
                local.get 2
                i32.const 1
                i32.eq
                br_if 0 (;@5;)
                local.get 0
                local.get 2
                local.get 3
                call $_RNvMs1_CsjlDtaMZrRsD_22wasi_snapshot_preview1NtB5_9BumpAlloc5alloc
                local.set 0
                br 3 (;@2;)
              end
              local.get 4
              local.get 4
              i32.load offset=4
              local.tee 2
              i32.const 1
              i32.add
              i32.store offset=4
              block ;; label = @5
                local.get 2
                local.get 4
                i32.load offset=8
                i32.eq
                br_if 0 (;@5;)
                local.get 4
                local.get 4
                i64.load offset=12 align=4
                i64.store offset=24 align=4
                local.get 4
                i32.const 24
                i32.add
                i32.const 1
                local.get 3
                call $_RNvMs1_CsjlDtaMZrRsD_22wasi_snapshot_preview1NtB5_9BumpAlloc5alloc
                local.set 0
                br 3 (;@2;)
              end
              local.get 0
              i32.const 1
              local.get 3
              call $_RNvMs1_CsjlDtaMZrRsD_22wasi_snapshot_preview1NtB5_9BumpAlloc5alloc
              local.set 0
              br 2 (;@2;)
            end
            block ;; label = @4
              local.get 2
              i32.const 1
              i32.eq
              br_if 0 (;@4;)
              local.get 4
              i32.const 12
              i32.add
              local.get 2
              local.get 3
              call $_RNvMs1_CsjlDtaMZrRsD_22wasi_snapshot_preview1NtB5_9BumpAlloc5alloc
              local.set 0
              br 2 (;@2;)
            end
            local.get 4
            i32.const 4
            i32.or
            i32.const 1
            local.get 3
            i32.const 1
            i32.add
            call $_RNvMs1_CsjlDtaMZrRsD_22wasi_snapshot_preview1NtB5_9BumpAlloc5alloc
            local.set 0
            br 1 (;@2;)
          end
          block ;; label = @3
            local.get 2
            i32.const 1
            i32.eq
            br_if 0 (;@3;)
            local.get 4
            i32.const 8
            i32.add
            local.get 2
            local.get 3
            call $_RNvMs1_CsjlDtaMZrRsD_22wasi_snapshot_preview1NtB5_9BumpAlloc5alloc
            local.set 0
            br 1 (;@2;)
          end
          local.get 4
          local.get 4
          i32.load offset=4
          local.get 3
          i32.add
          i32.store offset=4
          local.get 4
          local.get 4
          i64.load offset=8
          i64.store offset=24 align=4
          local.get 4
          i32.const 24
          i32.add
          i32.const 1
          local.get 3
          call $_RNvMs1_CsjlDtaMZrRsD_22wasi_snapshot_preview1NtB5_9BumpAlloc5alloc
          local.set 0
        end
        local.get 5
        i32.const 4
        i32.add
        local.tee 5
        local.get 4
        i32.load offset=16
        i32.store offset=16
        local.get 5
        local.get 4
        i64.load offset=8
        i64.store offset=8 align=4
        local.get 5
        local.get 4
        i64.load
        i64.store align=4
        local.get 4
        i32.const 48
        i32.add
        global.set $__stack_pointer
        local.get 0
        return
      end
      i32.const 447
      call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros18eprint_unreachable
      local.get 4
      i32.const 8250
      i32.store16 offset=24 align=1
      local.get 4
      i32.const 24
      i32.add
      i32.const 2
      call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros5print
      local.get 4
      i64.const 748834980320733542
      i64.store offset=40 align=1
      local.get 4
      i64.const 7957688057596965985
      i64.store offset=32 align=1
      local.get 4
      i64.const 7165064744911531886
      i64.store offset=24 align=1
      local.get 4
      i32.const 24
      i32.add
      i32.const 24
      call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros5print
      local.get 4
      i32.const 10
      i32.store8 offset=24
      local.get 4
      i32.const 24
      i32.add
      i32.const 1
      call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros5print
      unreachable
    )
    (func $clock_time_get (;36;) (type 12) (param i32 i64 i32) (result i32)
      (local i32 i32 i64 i64)
      call $allocate_stack
      global.get $__stack_pointer
      i32.const 32
      i32.sub
      local.tee 3
      global.set $__stack_pointer
      i32.const 8
      local.set 4
      block ;; label = @1
        block ;; label = @2
          block ;; label = @3
            block ;; label = @4
              block ;; label = @5
                block ;; label = @6
                  local.get 0
                  br_table 1 (;@5;) 0 (;@6;) 4 (;@2;)
                end
                i64.const 0
                local.set 5
                call $get_allocation_state
                i32.const -2
                i32.add
                br_table 1 (;@4;) 2 (;@3;) 1 (;@4;) 2 (;@3;)
              end
              local.get 3
              i32.const 16
              i32.add
              call $_RNvNvNtNtNtNtCsjlDtaMZrRsD_22wasi_snapshot_preview18bindings4wasi6clocks10wall_clock3now11wit_import1
              local.get 3
              local.get 3
              i64.load offset=16
              i64.const 0
              i64.const 1000000000
              i64.const 0
              call $__multi3
              i32.const 61
              local.set 4
              local.get 3
              i64.load offset=8
              i64.const 0
              i64.ne
              br_if 2 (;@2;)
              local.get 3
              i64.load
              local.tee 6
              local.get 3
              i64.load32_u offset=24
              i64.add
              local.tee 5
              local.get 6
              i64.ge_u
              br_if 1 (;@3;)
              br 2 (;@2;)
            end
            call $_RNvMs8_CsjlDtaMZrRsD_22wasi_snapshot_preview1NtB5_5State3ptr
            local.tee 4
            i32.load
            i32.const 560490357
            i32.ne
            br_if 2 (;@1;)
            block ;; label = @4
              block ;; label = @5
                local.get 4
                i32.load offset=65532
                i32.const 560490357
                i32.ne
                br_if 0 (;@5;)
                local.get 4
                i32.load8_u offset=65528
                br_if 1 (;@4;)
                local.get 4
                call $_RNvNvNtNtNtNtCsjlDtaMZrRsD_22wasi_snapshot_preview18bindings4wasi6clocks15monotonic_clock3now11wit_import0
                local.tee 5
                i64.store offset=65520
                br 2 (;@3;)
              end
              i32.const 2858
              call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros11assert_fail
              unreachable
            end
            local.get 4
            i64.load offset=65520
            local.set 5
          end
          local.get 2
          local.get 5
          i64.store
          i32.const 0
          local.set 4
        end
        local.get 3
        i32.const 32
        i32.add
        global.set $__stack_pointer
        local.get 4
        return
      end
      i32.const 2857
      call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros11assert_fail
      unreachable
    )
    (func $environ_sizes_get (;37;) (type 11) (param i32 i32) (result i32)
      (local i32 i32 i32 i32)
      call $allocate_stack
      global.get $__stack_pointer
      i32.const 32
      i32.sub
      local.tee 2
      global.set $__stack_pointer
      block ;; label = @1
        block ;; label = @2
          block ;; label = @3
            block ;; label = @4
              block ;; label = @5
                call $get_allocation_state
                i32.const -2
                i32.add
                br_table 1 (;@4;) 0 (;@5;) 1 (;@4;) 0 (;@5;)
              end
              i32.const 0
              local.set 3
              local.get 0
              i32.const 0
              i32.store
              br 1 (;@3;)
            end
            call $_RNvMs8_CsjlDtaMZrRsD_22wasi_snapshot_preview1NtB5_5State3ptr
            local.tee 3
            i32.load
            i32.const 560490357
            i32.ne
            br_if 1 (;@2;)
            block ;; label = @4
              block ;; label = @5
                local.get 3
                i32.load offset=65532
                i32.const 560490357
                i32.ne
                br_if 0 (;@5;)
                local.get 3
                i32.const 59016
                i32.store offset=16
                local.get 3
                local.get 3
                i32.const 6192
                i32.add
                i32.store offset=12
                local.get 3
                i32.load offset=4
                local.set 4
                local.get 3
                i64.const 1
                i64.store offset=4 align=4
                local.get 4
                i32.const 4
                i32.ne
                br_if 4 (;@1;)
                local.get 2
                i64.const 0
                i64.store align=4
                local.get 2
                call $_RNvCsjlDtaMZrRsD_22wasi_snapshot_preview124wasi_cli_get_environment
                local.get 2
                i32.load offset=4
                local.set 4
                local.get 3
                i32.load offset=4
                local.set 5
                local.get 3
                i32.const 4
                i32.store offset=4
                local.get 5
                i32.const 1
                i32.eq
                br_if 1 (;@4;)
                i32.const 663
                call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros11unreachable
                unreachable
              end
              i32.const 2858
              call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros11assert_fail
              unreachable
            end
            local.get 3
            i32.load offset=8
            local.set 3
            local.get 0
            local.get 4
            i32.store
            local.get 3
            local.get 4
            i32.const 1
            i32.shl
            i32.add
            local.set 3
          end
          local.get 1
          local.get 3
          i32.store
          local.get 2
          i32.const 32
          i32.add
          global.set $__stack_pointer
          i32.const 0
          return
        end
        i32.const 2857
        call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros11assert_fail
        unreachable
      end
      i32.const 3000
      call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros18eprint_unreachable
      local.get 2
      i32.const 8250
      i32.store16 align=1
      local.get 2
      i32.const 2
      call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros5print
      local.get 2
      i32.const 10
      i32.store8 offset=28
      local.get 2
      i32.const 1952805664
      i32.store offset=24 align=1
      local.get 2
      i64.const 8747223464599642400
      i64.store offset=16 align=1
      local.get 2
      i64.const 8245937404367563884
      i64.store offset=8 align=1
      local.get 2
      i64.const 6998721855778483561
      i64.store align=1
      local.get 2
      i32.const 29
      call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros5print
      local.get 2
      i32.const 10
      i32.store8
      local.get 2
      i32.const 1
      call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros5print
      unreachable
    )
    (func $_RNvMst_NtNtNtNtCsjlDtaMZrRsD_22wasi_snapshot_preview18bindings4wasi10filesystem5typesNtB5_10Descriptor4stat (;38;) (type 0) (param i32 i32)
      (local i32 i64)
      global.get $__stack_pointer
      i32.const 112
      i32.sub
      local.tee 2
      global.set $__stack_pointer
      local.get 1
      i32.load
      local.get 2
      i32.const 8
      i32.add
      call $_RNvNvMst_NtNtNtNtCsjlDtaMZrRsD_22wasi_snapshot_preview18bindings4wasi10filesystem5typesNtB7_10Descriptor4stat11wit_import1
      i64.const 2
      local.set 3
      local.get 2
      i32.load8_u offset=16
      local.set 1
      block ;; label = @1
        local.get 2
        i32.load8_u offset=8
        br_if 0 (;@1;)
        local.get 0
        local.get 2
        i64.load offset=32
        i64.store offset=16
        local.get 0
        local.get 2
        i64.load offset=24
        i64.store offset=8
        local.get 0
        local.get 2
        i32.load offset=104
        i32.store offset=88
        local.get 0
        local.get 2
        i64.load offset=96
        i64.store offset=80
        local.get 0
        local.get 2
        i32.load offset=80
        i32.store offset=64
        local.get 0
        local.get 2
        i64.load offset=72
        i64.store offset=56
        local.get 0
        local.get 2
        i32.load offset=56
        i32.store offset=40
        local.get 0
        local.get 2
        i64.load offset=48
        i64.store offset=32
        local.get 0
        local.get 2
        i32.load8_u offset=64
        i32.const 0
        i32.ne
        i64.extend_i32_u
        i64.store offset=48
        local.get 0
        local.get 2
        i32.load8_u offset=40
        i32.const 0
        i32.ne
        i64.extend_i32_u
        i64.store offset=24
        local.get 2
        i32.load8_u offset=88
        i32.const 0
        i32.ne
        i64.extend_i32_u
        local.set 3
      end
      local.get 0
      local.get 3
      i64.store offset=72
      local.get 0
      local.get 1
      i32.store8
      local.get 2
      i32.const 112
      i32.add
      global.set $__stack_pointer
    )
    (func $_RINvNtCskGMzdWn1DGZ_4core3ptr9drop_glueNtNtCsjlDtaMZrRsD_22wasi_snapshot_preview111descriptors10DescriptorEBF_ (;39;) (type 1) (param i32)
      (local i32)
      block ;; label = @1
        local.get 0
        i32.load
        i32.const 1
        i32.ne
        br_if 0 (;@1;)
        block ;; label = @2
          local.get 0
          i32.load offset=8
          i32.eqz
          br_if 0 (;@2;)
          local.get 0
          i32.load offset=12
          local.tee 1
          i32.const -1
          i32.eq
          br_if 0 (;@2;)
          local.get 1
          call $_RNvNvXs2_NtNtNtNtCsjlDtaMZrRsD_22wasi_snapshot_preview18bindings4wasi2io7streamsNtB7_11InputStreamNtNtBd_3__rt12WasmResource4drop4drop
        end
        block ;; label = @2
          local.get 0
          i32.load offset=16
          i32.eqz
          br_if 0 (;@2;)
          local.get 0
          i32.load offset=20
          local.tee 1
          i32.const -1
          i32.eq
          br_if 0 (;@2;)
          local.get 1
          call $_RNvNvXs4_NtNtNtNtCsjlDtaMZrRsD_22wasi_snapshot_preview18bindings4wasi2io7streamsNtB7_12OutputStreamNtNtBd_3__rt12WasmResource4drop4drop
        end
        local.get 0
        i32.load8_u offset=41
        i32.const 2
        i32.eq
        br_if 0 (;@1;)
        local.get 0
        i32.load offset=24
        local.tee 0
        i32.const -1
        i32.eq
        br_if 0 (;@1;)
        local.get 0
        call $_RNvNvXsc_NtNtNtNtCsjlDtaMZrRsD_22wasi_snapshot_preview18bindings4wasi10filesystem5typesNtB7_10DescriptorNtNtBd_3__rt12WasmResource4drop4drop
      end
    )
    (func $fd_write (;40;) (type 3) (param i32 i32 i32 i32) (result i32)
      (local i32 i32 i32 i32)
      call $allocate_stack
      global.get $__stack_pointer
      i32.const 112
      i32.sub
      local.tee 4
      global.set $__stack_pointer
      block ;; label = @1
        block ;; label = @2
          block ;; label = @3
            call $get_allocation_state
            i32.const -2
            i32.add
            br_table 1 (;@2;) 0 (;@3;) 1 (;@2;) 0 (;@3;)
          end
          local.get 3
          i32.const 0
          i32.store
          i32.const 29
          local.set 1
          br 1 (;@1;)
        end
        block ;; label = @2
          block ;; label = @3
            block ;; label = @4
              block ;; label = @5
                block ;; label = @6
                  block ;; label = @7
                    block ;; label = @8
                      block ;; label = @9
                        local.get 2
                        i32.const 2
                        i32.lt_u
                        br_if 0 (;@9;)
                        local.get 1
                        local.get 2
                        i32.const 3
                        i32.shl
                        i32.add
                        i32.const -8
                        i32.add
                        local.set 5
                        loop ;; label = @10
                          local.get 1
                          i32.const 4
                          i32.add
                          i32.load
                          local.tee 6
                          br_if 3 (;@7;)
                          local.get 1
                          i32.const 8
                          i32.add
                          local.set 1
                          local.get 2
                          i32.const -1
                          i32.add
                          local.tee 2
                          i32.const 1
                          i32.gt_u
                          br_if 0 (;@10;)
                        end
                        local.get 5
                        local.set 1
                        br 1 (;@8;)
                      end
                      local.get 2
                      i32.eqz
                      br_if 2 (;@6;)
                    end
                    local.get 1
                    i32.load offset=4
                    local.set 6
                  end
                  local.get 1
                  i32.load
                  local.set 7
                  call $_RNvMs8_CsjlDtaMZrRsD_22wasi_snapshot_preview1NtB5_5State3ptr
                  local.tee 1
                  i32.load
                  i32.const 560490357
                  i32.ne
                  br_if 1 (;@5;)
                  block ;; label = @7
                    local.get 1
                    i32.load offset=65532
                    i32.const 560490357
                    i32.ne
                    br_if 0 (;@7;)
                    local.get 4
                    i32.const 8
                    i32.add
                    local.get 1
                    call $_RNvMs8_CsjlDtaMZrRsD_22wasi_snapshot_preview1NtB5_5State11descriptors
                    i32.const 8
                    local.set 1
                    local.get 4
                    i32.load offset=12
                    local.set 2
                    local.get 0
                    local.get 4
                    i32.load offset=8
                    local.tee 5
                    i32.load16_u offset=6144
                    i32.ge_u
                    br_if 5 (;@2;)
                    local.get 5
                    local.get 0
                    i32.const 48
                    i32.mul
                    i32.add
                    local.tee 0
                    i32.load
                    i32.const 1
                    i32.ne
                    br_if 5 (;@2;)
                    local.get 4
                    i32.const 16
                    i32.add
                    local.get 0
                    i32.const 8
                    i32.add
                    call $_RNvMNtCsjlDtaMZrRsD_22wasi_snapshot_preview111descriptorsNtB2_7Streams16get_write_stream
                    local.get 4
                    i32.load16_u offset=16
                    i32.const 1
                    i32.eq
                    br_if 4 (;@3;)
                    local.get 4
                    i32.load offset=20
                    local.set 1
                    block ;; label = @8
                      local.get 0
                      i32.load8_u offset=41
                      local.tee 5
                      i32.const 2
                      i32.eq
                      br_if 0 (;@8;)
                      local.get 4
                      i32.const 16
                      i32.add
                      local.get 5
                      i32.const 1
                      i32.and
                      local.get 1
                      local.get 7
                      local.get 6
                      call $_RNvMs6_CsjlDtaMZrRsD_22wasi_snapshot_preview1NtB5_12BlockingMode5write
                      local.get 4
                      i32.load16_u offset=16
                      br_if 5 (;@3;)
                      br 4 (;@4;)
                    end
                    local.get 4
                    i32.const 16
                    i32.add
                    i32.const 1
                    local.get 1
                    local.get 7
                    local.get 6
                    call $_RNvMs6_CsjlDtaMZrRsD_22wasi_snapshot_preview1NtB5_12BlockingMode5write
                    local.get 4
                    i32.load16_u offset=16
                    br_if 4 (;@3;)
                    br 3 (;@4;)
                  end
                  i32.const 2858
                  call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros11assert_fail
                  unreachable
                end
                i32.const 0
                local.set 1
                local.get 3
                i32.const 0
                i32.store
                br 4 (;@1;)
              end
              i32.const 2857
              call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros11assert_fail
              unreachable
            end
            local.get 4
            i32.load offset=20
            local.set 1
            block ;; label = @4
              local.get 0
              i32.load8_u offset=41
              i32.const 2
              i32.eq
              br_if 0 (;@4;)
              block ;; label = @5
                local.get 0
                i32.load8_u offset=40
                br_if 0 (;@5;)
                local.get 0
                local.get 0
                i64.load offset=32
                local.get 1
                i64.extend_i32_u
                i64.add
                i64.store offset=32
                br 1 (;@4;)
              end
              local.get 4
              i32.const 16
              i32.add
              local.get 0
              i32.const 24
              i32.add
              call $_RNvMst_NtNtNtNtCsjlDtaMZrRsD_22wasi_snapshot_preview18bindings4wasi10filesystem5typesNtB5_10Descriptor4stat
              block ;; label = @5
                local.get 4
                i64.load offset=88
                i64.const 2
                i64.ne
                br_if 0 (;@5;)
                local.get 4
                i32.load8_u offset=16
                call $_RNvXs4_CsjlDtaMZrRsD_22wasi_snapshot_preview1NtNtCs9YX7DM3Gg5f_6wasip113lib_generated5ErrnoINtNtCskGMzdWn1DGZ_4core7convert4FromNtNtNtNtNtB5_8bindings4wasi10filesystem5types9ErrorCodeE4from
                local.set 1
                br 3 (;@2;)
              end
              local.get 0
              local.get 4
              i64.load offset=32
              i64.store offset=32
            end
            local.get 3
            local.get 1
            i32.store
            i32.const 0
            local.set 1
            br 1 (;@2;)
          end
          local.get 4
          i32.load16_u offset=18
          local.set 1
        end
        local.get 2
        local.get 2
        i32.load
        i32.const 1
        i32.add
        i32.store
      end
      local.get 4
      i32.const 112
      i32.add
      global.set $__stack_pointer
      local.get 1
      i32.const 65535
      i32.and
    )
    (func $_RNvMNtCsjlDtaMZrRsD_22wasi_snapshot_preview111descriptorsNtB2_7Streams16get_write_stream (;41;) (type 0) (param i32 i32)
      (local i32 i64 i32)
      global.get $__stack_pointer
      i32.const 16
      i32.sub
      local.tee 2
      global.set $__stack_pointer
      block ;; label = @1
        block ;; label = @2
          block ;; label = @3
            local.get 1
            i32.load offset=8
            br_if 0 (;@3;)
            block ;; label = @4
              block ;; label = @5
                block ;; label = @6
                  local.get 1
                  i32.load8_u offset=33
                  i32.const 2
                  i32.eq
                  br_if 0 (;@6;)
                  block ;; label = @7
                    local.get 1
                    i32.load8_u offset=20
                    i32.const 3
                    i32.ne
                    br_if 0 (;@7;)
                    local.get 0
                    i32.const 8
                    i32.store16 offset=2
                    br 2 (;@5;)
                  end
                  block ;; label = @7
                    local.get 1
                    i32.load8_u offset=32
                    br_if 0 (;@7;)
                    local.get 1
                    i64.load offset=24
                    local.set 3
                    local.get 2
                    i64.const 0
                    i64.store offset=8
                    local.get 1
                    i32.load offset=16
                    local.get 3
                    local.get 2
                    i32.const 8
                    i32.add
                    call $_RNvNvMsg_NtNtNtNtCsjlDtaMZrRsD_22wasi_snapshot_preview18bindings4wasi10filesystem5typesNtB7_10Descriptor16write_via_stream11wit_import1
                    local.get 2
                    i32.load8_u offset=8
                    i32.eqz
                    br_if 3 (;@4;)
                    local.get 0
                    local.get 2
                    i32.load8_u offset=12
                    call $_RNvXs4_CsjlDtaMZrRsD_22wasi_snapshot_preview1NtNtCs9YX7DM3Gg5f_6wasip113lib_generated5ErrnoINtNtCskGMzdWn1DGZ_4core7convert4FromNtNtNtNtNtB5_8bindings4wasi10filesystem5types9ErrorCodeE4from
                    i32.store16 offset=2
                    br 2 (;@5;)
                  end
                  local.get 2
                  i64.const 0
                  i64.store offset=8
                  local.get 1
                  i32.load offset=16
                  local.get 2
                  i32.const 8
                  i32.add
                  call $_RNvNvMsh_NtNtNtNtCsjlDtaMZrRsD_22wasi_snapshot_preview18bindings4wasi10filesystem5typesNtB7_10Descriptor17append_via_stream11wit_import1
                  local.get 2
                  i32.load8_u offset=8
                  i32.eqz
                  br_if 2 (;@4;)
                  local.get 0
                  local.get 2
                  i32.load8_u offset=12
                  call $_RNvXs4_CsjlDtaMZrRsD_22wasi_snapshot_preview1NtNtCs9YX7DM3Gg5f_6wasip113lib_generated5ErrnoINtNtCskGMzdWn1DGZ_4core7convert4FromNtNtNtNtNtB5_8bindings4wasi10filesystem5types9ErrorCodeE4from
                  i32.store16 offset=2
                  br 1 (;@5;)
                end
                local.get 0
                i32.const 8
                i32.store16 offset=2
              end
              i32.const 1
              local.set 1
              br 2 (;@2;)
            end
            local.get 2
            i32.load offset=12
            local.set 4
            local.get 1
            i32.load offset=8
            i32.const 1
            i32.eq
            br_if 2 (;@1;)
            local.get 1
            local.get 4
            i32.store offset=12
            local.get 1
            i32.const 1
            i32.store offset=8
          end
          local.get 0
          local.get 1
          i32.const 12
          i32.add
          i32.store offset=4
          i32.const 0
          local.set 1
        end
        local.get 0
        local.get 1
        i32.store16
        local.get 2
        i32.const 16
        i32.add
        global.set $__stack_pointer
        return
      end
      i32.const 167
      call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros11unreachable
      unreachable
    )
    (func $random_get (;42;) (type 11) (param i32 i32) (result i32)
      (local i32 i32 i32)
      call $allocate_stack
      global.get $__stack_pointer
      i32.const 32
      i32.sub
      local.tee 2
      global.set $__stack_pointer
      block ;; label = @1
        block ;; label = @2
          block ;; label = @3
            block ;; label = @4
              call $get_allocation_state
              i32.const -2
              i32.add
              br_table 0 (;@4;) 1 (;@3;) 0 (;@4;) 1 (;@3;)
            end
            call $_RNvMs8_CsjlDtaMZrRsD_22wasi_snapshot_preview1NtB5_5State3ptr
            local.tee 3
            i32.load
            i32.const 560490357
            i32.ne
            br_if 1 (;@2;)
            block ;; label = @4
              local.get 3
              i32.load offset=65532
              i32.const 560490357
              i32.ne
              br_if 0 (;@4;)
              local.get 3
              local.get 1
              i32.store offset=12
              local.get 3
              local.get 0
              i32.store offset=8
              local.get 3
              i32.load offset=4
              local.set 4
              local.get 3
              i32.const 0
              i32.store offset=4
              local.get 4
              i32.const 4
              i32.ne
              br_if 3 (;@1;)
              local.get 2
              i64.const 0
              i64.store
              local.get 1
              i64.extend_i32_u
              local.get 2
              call $_RNvNvNtNtNtNtCsjlDtaMZrRsD_22wasi_snapshot_preview18bindings4wasi6random6random16get_random_bytes11wit_import1
              local.get 2
              i32.load
              local.set 1
              local.get 3
              i32.const 4
              i32.store offset=4
              local.get 1
              local.get 0
              i32.eq
              br_if 1 (;@3;)
              i32.const 2404
              call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros11assert_fail
              unreachable
            end
            i32.const 2858
            call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros11assert_fail
            unreachable
          end
          local.get 2
          i32.const 32
          i32.add
          global.set $__stack_pointer
          i32.const 0
          return
        end
        i32.const 2857
        call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros11assert_fail
        unreachable
      end
      i32.const 3000
      call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros18eprint_unreachable
      local.get 2
      i32.const 8250
      i32.store16 align=1
      local.get 2
      i32.const 2
      call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros5print
      local.get 2
      i32.const 10
      i32.store8 offset=28
      local.get 2
      i32.const 1952805664
      i32.store offset=24 align=1
      local.get 2
      i64.const 8747223464599642400
      i64.store offset=16 align=1
      local.get 2
      i64.const 8245937404367563884
      i64.store offset=8 align=1
      local.get 2
      i64.const 6998721855778483561
      i64.store align=1
      local.get 2
      i32.const 29
      call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros5print
      local.get 2
      i32.const 10
      i32.store8
      local.get 2
      i32.const 1
      call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros5print
      unreachable
    )
    (func $_RNvNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros10eprint_u3215eprint_u32_impl (;43;) (type 1) (param i32)
      (local i32 i32)
      global.get $__stack_pointer
      i32.const 16
      i32.sub
      local.tee 1
      global.set $__stack_pointer
      block ;; label = @1
        local.get 0
        i32.eqz
        br_if 0 (;@1;)
        local.get 0
        i32.const 10
        i32.div_u
        local.tee 2
        call $_RNvNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros10eprint_u3215eprint_u32_impl
        local.get 1
        local.get 0
        local.get 2
        i32.const 10
        i32.mul
        i32.sub
        i32.const 48
        i32.or
        i32.store8 offset=15
        local.get 1
        i32.const 15
        i32.add
        i32.const 1
        call $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros5print
      end
      local.get 1
      i32.const 16
      i32.add
      global.set $__stack_pointer
    )
    (func $_RNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros10eprint_u32 (;44;) (type 1) (param i32)
      local.get 0
      call $_RNvNvNtCsjlDtaMZrRsD_22wasi_snapshot_preview16macros10eprint_u3215eprint_u32_impl
    )
    (func $get_state_ptr (;45;) (type 9) (result i32)
      global.get $internal_state_ptr
    )
    (func $set_state_ptr (;46;) (type 1) (param i32)
      local.get 0
      global.set $internal_state_ptr
    )
    (func $get_allocation_state (;47;) (type 9) (result i32)
      global.get $allocation_state
    )
    (func $set_allocation_state (;48;) (type 1) (param i32)
      local.get 0
      global.set $allocation_state
    )
    (func $__multi3 (;49;) (type 13) (param i32 i64 i64 i64 i64)
      (local i64 i64 i64 i64 i64 i64)
      local.get 0
      local.get 3
      i64.const 4294967295
      i64.and
      local.tee 5
      local.get 1
      i64.const 4294967295
      i64.and
      local.tee 6
      i64.mul
      local.tee 7
      local.get 3
      i64.const 32
      i64.shr_u
      local.tee 8
      local.get 6
      i64.mul
      local.tee 6
      local.get 5
      local.get 1
      i64.const 32
      i64.shr_u
      local.tee 9
      i64.mul
      i64.add
      local.tee 5
      i64.const 32
      i64.shl
      i64.add
      local.tee 10
      i64.store
      local.get 0
      local.get 8
      local.get 9
      i64.mul
      local.get 5
      local.get 6
      i64.lt_u
      i64.extend_i32_u
      i64.const 32
      i64.shl
      local.get 5
      i64.const 32
      i64.shr_u
      i64.or
      i64.add
      local.get 10
      local.get 7
      i64.lt_u
      i64.extend_i32_u
      i64.add
      local.get 4
      local.get 1
      i64.mul
      local.get 3
      local.get 2
      i64.mul
      i64.add
      i64.add
      i64.store offset=8
    )
    (func $allocate_stack (;50;) (type 14)
      global.get $allocation_state
      i32.const 0
      i32.eq
      if ;; label = @1
        i32.const 1
        global.set $allocation_state
        i32.const 0
        i32.const 0
        i32.const 8
        i32.const 65536
        call $_RNvNvMs8_CsjlDtaMZrRsD_22wasi_snapshot_preview1NtB7_5State3new12cabi_realloc
        i32.const 65536
        i32.add
        global.set $__stack_pointer
        i32.const 2
        global.set $allocation_state
      end
    )
    (@producers
      (language "Rust" "")
      (processed-by "rustc" "1.98.0 (88d9e12ae 2026-08-18)")
    )
  )
  (core module $wit-component-shim-module (;2;)
    (type (;0;) (func (param i32 i32 i32 i32) (result i32)))
    (type (;1;) (func (param i32 i64 i32) (result i32)))
    (type (;2;) (func (param i32 i32) (result i32)))
    (type (;3;) (func (param i32 i32 i32 i32)))
    (type (;4;) (func (param i32 i32)))
    (type (;5;) (func (param i32 i64 i32)))
    (type (;6;) (func (param i32)))
    (type (;7;) (func (param i64 i32)))
    (table (;0;) 18 18 funcref)
    (export "0" (func 0))
    (export "1" (func 1))
    (export "2" (func 2))
    (export "3" (func 3))
    (export "4" (func 4))
    (export "5" (func 5))
    (export "6" (func 6))
    (export "7" (func 7))
    (export "8" (func 8))
    (export "9" (func 9))
    (export "10" (func 10))
    (export "11" (func 11))
    (export "12" (func 12))
    (export "13" (func 13))
    (export "14" (func 14))
    (export "15" (func 15))
    (export "16" (func 16))
    (export "17" (func 17))
    (export "$imports" (table 0))
    (func (;0;) (type 0) (param i32 i32 i32 i32) (result i32)
      local.get 0
      local.get 1
      local.get 2
      local.get 3
      i32.const 0
      call_indirect (type 0)
    )
    (func (;1;) (type 1) (param i32 i64 i32) (result i32)
      local.get 0
      local.get 1
      local.get 2
      i32.const 1
      call_indirect (type 1)
    )
    (func (;2;) (type 2) (param i32 i32) (result i32)
      local.get 0
      local.get 1
      i32.const 2
      call_indirect (type 2)
    )
    (func (;3;) (type 2) (param i32 i32) (result i32)
      local.get 0
      local.get 1
      i32.const 3
      call_indirect (type 2)
    )
    (func (;4;) (type 3) (param i32 i32 i32 i32)
      local.get 0
      local.get 1
      local.get 2
      local.get 3
      i32.const 4
      call_indirect (type 3)
    )
    (func (;5;) (type 4) (param i32 i32)
      local.get 0
      local.get 1
      i32.const 5
      call_indirect (type 4)
    )
    (func (;6;) (type 4) (param i32 i32)
      local.get 0
      local.get 1
      i32.const 6
      call_indirect (type 4)
    )
    (func (;7;) (type 4) (param i32 i32)
      local.get 0
      local.get 1
      i32.const 7
      call_indirect (type 4)
    )
    (func (;8;) (type 5) (param i32 i64 i32)
      local.get 0
      local.get 1
      local.get 2
      i32.const 8
      call_indirect (type 5)
    )
    (func (;9;) (type 4) (param i32 i32)
      local.get 0
      local.get 1
      i32.const 9
      call_indirect (type 4)
    )
    (func (;10;) (type 4) (param i32 i32)
      local.get 0
      local.get 1
      i32.const 10
      call_indirect (type 4)
    )
    (func (;11;) (type 3) (param i32 i32 i32 i32)
      local.get 0
      local.get 1
      local.get 2
      local.get 3
      i32.const 11
      call_indirect (type 3)
    )
    (func (;12;) (type 4) (param i32 i32)
      local.get 0
      local.get 1
      i32.const 12
      call_indirect (type 4)
    )
    (func (;13;) (type 3) (param i32 i32 i32 i32)
      local.get 0
      local.get 1
      local.get 2
      local.get 3
      i32.const 13
      call_indirect (type 3)
    )
    (func (;14;) (type 6) (param i32)
      local.get 0
      i32.const 14
      call_indirect (type 6)
    )
    (func (;15;) (type 6) (param i32)
      local.get 0
      i32.const 15
      call_indirect (type 6)
    )
    (func (;16;) (type 6) (param i32)
      local.get 0
      i32.const 16
      call_indirect (type 6)
    )
    (func (;17;) (type 7) (param i64 i32)
      local.get 0
      local.get 1
      i32.const 17
      call_indirect (type 7)
    )
    (@producers
      (processed-by "wit-component" "0.259.0")
    )
  )
  (core instance $wit-component-shim-instance (;0;) (instantiate $wit-component-shim-module))
  (type (;20;) (record (field "config-map" string) (field "key" string) (field "message" string)))
  (type (;21;) (record (field "path" string) (field "message" string)))
  (type (;22;) (variant (case "invalid-value" 20) (case "invalid-params" 21) (case "other" string)))
  (alias core export $wit-component-shim-instance "0" (core func $adapt-wasi_snapshot_preview1-fd_write (;0;)))
  (alias core export $wit-component-shim-instance "1" (core func $adapt-wasi_snapshot_preview1-clock_time_get (;1;)))
  (alias core export $wit-component-shim-instance "2" (core func $adapt-wasi_snapshot_preview1-random_get (;2;)))
  (alias core export $wit-component-shim-instance "3" (core func $adapt-wasi_snapshot_preview1-environ_sizes_get (;3;)))
  (core instance $wasi_snapshot_preview1 (;1;)
    (export "fd_write" (func $adapt-wasi_snapshot_preview1-fd_write))
    (export "clock_time_get" (func $adapt-wasi_snapshot_preview1-clock_time_get))
    (export "random_get" (func $adapt-wasi_snapshot_preview1-random_get))
    (export "environ_sizes_get" (func $adapt-wasi_snapshot_preview1-environ_sizes_get))
  )
  (alias core export $wit-component-shim-instance "4" (core func $indirect-podweave:plugin/outputs@0.1.0-file-bytes (;4;)))
  (core instance $podweave:plugin/outputs@0.1.0 (;2;)
    (export "file-bytes" (func $indirect-podweave:plugin/outputs@0.1.0-file-bytes))
  )
  (core instance $main (;3;) (instantiate $main
      (with "wasi_snapshot_preview1" (instance $wasi_snapshot_preview1))
      (with "podweave:plugin/outputs@0.1.0" (instance $podweave:plugin/outputs@0.1.0))
    )
  )
  (alias core export $main "memory" (core memory $memory (;0;)))
  (core instance $env (;4;)
    (export "memory" (memory $memory))
  )
  (alias core export $wit-component-shim-instance "5" (core func $indirect-wasi:filesystem/types@0.2.12-filesystem-error-code (;5;)))
  (alias core export $wit-component-shim-instance "6" (core func $"indirect-wasi:filesystem/types@0.2.12-[method]descriptor.get-type" (;6;)))
  (alias export $wasi:filesystem/types@0.2.12 "descriptor" (type $"#type23 descriptor" (@name "descriptor") (;23;)))
  (core func $resource.drop (;7;) (canon resource.drop $"#type23 descriptor"))
  (alias core export $wit-component-shim-instance "7" (core func $"indirect-wasi:filesystem/types@0.2.12-[method]descriptor.append-via-stream" (;8;)))
  (alias core export $wit-component-shim-instance "8" (core func $"indirect-wasi:filesystem/types@0.2.12-[method]descriptor.write-via-stream" (;9;)))
  (alias core export $wit-component-shim-instance "9" (core func $"indirect-wasi:filesystem/types@0.2.12-[method]descriptor.stat" (;10;)))
  (core instance $wasi:filesystem/types@0.2.12 (;5;)
    (export "filesystem-error-code" (func $indirect-wasi:filesystem/types@0.2.12-filesystem-error-code))
    (export "[method]descriptor.get-type" (func $"indirect-wasi:filesystem/types@0.2.12-[method]descriptor.get-type"))
    (export "[resource-drop]descriptor" (func $resource.drop))
    (export "[method]descriptor.append-via-stream" (func $"indirect-wasi:filesystem/types@0.2.12-[method]descriptor.append-via-stream"))
    (export "[method]descriptor.write-via-stream" (func $"indirect-wasi:filesystem/types@0.2.12-[method]descriptor.write-via-stream"))
    (export "[method]descriptor.stat" (func $"indirect-wasi:filesystem/types@0.2.12-[method]descriptor.stat"))
  )
  (alias export $wasi:io/error@0.2.12 "error" (type $"#type24 error" (@name "error") (;24;)))
  (core func $"#core-func11 resource.drop" (@name "resource.drop") (;11;) (canon resource.drop $"#type24 error"))
  (core instance $wasi:io/error@0.2.12 (;6;)
    (export "[resource-drop]error" (func $"#core-func11 resource.drop"))
  )
  (alias core export $wit-component-shim-instance "10" (core func $"indirect-wasi:io/streams@0.2.12-[method]output-stream.check-write" (;12;)))
  (alias core export $wit-component-shim-instance "11" (core func $"indirect-wasi:io/streams@0.2.12-[method]output-stream.write" (;13;)))
  (alias core export $wit-component-shim-instance "12" (core func $"indirect-wasi:io/streams@0.2.12-[method]output-stream.blocking-flush" (;14;)))
  (alias export $wasi:io/streams@0.2.12 "output-stream" (type $"#type25 output-stream" (@name "output-stream") (;25;)))
  (core func $"#core-func15 resource.drop" (@name "resource.drop") (;15;) (canon resource.drop $"#type25 output-stream"))
  (alias export $wasi:io/streams@0.2.12 "input-stream" (type $"#type26 input-stream" (@name "input-stream") (;26;)))
  (core func $"#core-func16 resource.drop" (@name "resource.drop") (;16;) (canon resource.drop $"#type26 input-stream"))
  (alias core export $wit-component-shim-instance "13" (core func $"indirect-wasi:io/streams@0.2.12-[method]output-stream.blocking-write-and-flush" (;17;)))
  (core instance $wasi:io/streams@0.2.12 (;7;)
    (export "[method]output-stream.check-write" (func $"indirect-wasi:io/streams@0.2.12-[method]output-stream.check-write"))
    (export "[method]output-stream.write" (func $"indirect-wasi:io/streams@0.2.12-[method]output-stream.write"))
    (export "[method]output-stream.blocking-flush" (func $"indirect-wasi:io/streams@0.2.12-[method]output-stream.blocking-flush"))
    (export "[resource-drop]output-stream" (func $"#core-func15 resource.drop"))
    (export "[resource-drop]input-stream" (func $"#core-func16 resource.drop"))
    (export "[method]output-stream.blocking-write-and-flush" (func $"indirect-wasi:io/streams@0.2.12-[method]output-stream.blocking-write-and-flush"))
  )
  (alias core export $main "cabi_realloc" (core func $cabi_realloc (;18;)))
  (core instance $__main_module__ (;8;)
    (export "cabi_realloc" (func $cabi_realloc))
  )
  (alias core export $wit-component-shim-instance "14" (core func $indirect-wasi:clocks/wall-clock@0.2.12-now (;19;)))
  (core instance $wasi:clocks/wall-clock@0.2.12 (;9;)
    (export "now" (func $indirect-wasi:clocks/wall-clock@0.2.12-now))
  )
  (alias export $wasi:clocks/monotonic-clock@0.2.12 "now" (func $now (;0;)))
  (core func $now (;20;) (canon lower (func $now)))
  (core instance $wasi:clocks/monotonic-clock@0.2.12 (;10;)
    (export "now" (func $now))
  )
  (alias core export $wit-component-shim-instance "15" (core func $indirect-wasi:cli/environment@0.2.12-get-environment (;21;)))
  (core instance $wasi:cli/environment@0.2.12 (;11;)
    (export "get-environment" (func $indirect-wasi:cli/environment@0.2.12-get-environment))
  )
  (alias core export $wit-component-shim-instance "16" (core func $indirect-wasi:filesystem/preopens@0.2.6-get-directories (;22;)))
  (core instance $wasi:filesystem/preopens@0.2.6 (;12;)
    (export "get-directories" (func $indirect-wasi:filesystem/preopens@0.2.6-get-directories))
  )
  (alias core export $wit-component-shim-instance "17" (core func $indirect-wasi:random/random@0.2.12-get-random-bytes (;23;)))
  (core instance $wasi:random/random@0.2.12 (;13;)
    (export "get-random-bytes" (func $indirect-wasi:random/random@0.2.12-get-random-bytes))
  )
  (alias export $wasi:cli/stderr@0.2.12 "get-stderr" (func $get-stderr (;1;)))
  (core func $get-stderr (;24;) (canon lower (func $get-stderr)))
  (core instance $wasi:cli/stderr@0.2.12 (;14;)
    (export "get-stderr" (func $get-stderr))
  )
  (alias export $wasi:cli/stdin@0.2.12 "get-stdin" (func $get-stdin (;2;)))
  (core func $get-stdin (;25;) (canon lower (func $get-stdin)))
  (core instance $wasi:cli/stdin@0.2.12 (;15;)
    (export "get-stdin" (func $get-stdin))
  )
  (alias export $wasi:cli/stdout@0.2.12 "get-stdout" (func $get-stdout (;3;)))
  (core func $get-stdout (;26;) (canon lower (func $get-stdout)))
  (core instance $wasi:cli/stdout@0.2.12 (;16;)
    (export "get-stdout" (func $get-stdout))
  )
  (core instance $"#core-instance17 wasi_snapshot_preview1" (@name "wasi_snapshot_preview1") (;17;) (instantiate $wit-component:adapter:wasi_snapshot_preview1
      (with "env" (instance $env))
      (with "wasi:filesystem/types@0.2.12" (instance $wasi:filesystem/types@0.2.12))
      (with "wasi:io/error@0.2.12" (instance $wasi:io/error@0.2.12))
      (with "wasi:io/streams@0.2.12" (instance $wasi:io/streams@0.2.12))
      (with "__main_module__" (instance $__main_module__))
      (with "wasi:clocks/wall-clock@0.2.12" (instance $wasi:clocks/wall-clock@0.2.12))
      (with "wasi:clocks/monotonic-clock@0.2.12" (instance $wasi:clocks/monotonic-clock@0.2.12))
      (with "wasi:cli/environment@0.2.12" (instance $wasi:cli/environment@0.2.12))
      (with "wasi:filesystem/preopens@0.2.6" (instance $wasi:filesystem/preopens@0.2.6))
      (with "wasi:random/random@0.2.12" (instance $wasi:random/random@0.2.12))
      (with "wasi:cli/stderr@0.2.12" (instance $wasi:cli/stderr@0.2.12))
      (with "wasi:cli/stdin@0.2.12" (instance $wasi:cli/stdin@0.2.12))
      (with "wasi:cli/stdout@0.2.12" (instance $wasi:cli/stdout@0.2.12))
    )
  )
  (core module $wit-component-fixup (;3;)
    (type (;0;) (func (param i32 i32 i32 i32) (result i32)))
    (type (;1;) (func (param i32 i64 i32) (result i32)))
    (type (;2;) (func (param i32 i32) (result i32)))
    (type (;3;) (func (param i32 i32 i32 i32)))
    (type (;4;) (func (param i32 i32)))
    (type (;5;) (func (param i32 i64 i32)))
    (type (;6;) (func (param i32)))
    (type (;7;) (func (param i64 i32)))
    (import "actual" "0" (func (;0;) (type 0)))
    (import "actual" "1" (func (;1;) (type 1)))
    (import "actual" "2" (func (;2;) (type 2)))
    (import "actual" "3" (func (;3;) (type 2)))
    (import "actual" "4" (func (;4;) (type 3)))
    (import "actual" "5" (func (;5;) (type 4)))
    (import "actual" "6" (func (;6;) (type 4)))
    (import "actual" "7" (func (;7;) (type 4)))
    (import "actual" "8" (func (;8;) (type 5)))
    (import "actual" "9" (func (;9;) (type 4)))
    (import "actual" "10" (func (;10;) (type 4)))
    (import "actual" "11" (func (;11;) (type 3)))
    (import "actual" "12" (func (;12;) (type 4)))
    (import "actual" "13" (func (;13;) (type 3)))
    (import "actual" "14" (func (;14;) (type 6)))
    (import "actual" "15" (func (;15;) (type 6)))
    (import "actual" "16" (func (;16;) (type 6)))
    (import "actual" "17" (func (;17;) (type 7)))
    (import "shim" "$imports" (table (;0;) 18 18 funcref))
    (elem (;0;) (i32.const 0) func 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17)
    (@producers
      (processed-by "wit-component" "0.259.0")
    )
  )
  (alias core export $"#core-instance17 wasi_snapshot_preview1" "fd_write" (core func $fd_write (;27;)))
  (alias core export $"#core-instance17 wasi_snapshot_preview1" "clock_time_get" (core func $clock_time_get (;28;)))
  (alias core export $"#core-instance17 wasi_snapshot_preview1" "random_get" (core func $random_get (;29;)))
  (alias core export $"#core-instance17 wasi_snapshot_preview1" "environ_sizes_get" (core func $environ_sizes_get (;30;)))
  (alias export $podweave:plugin/outputs@0.1.0 "file-bytes" (func $file-bytes (;4;)))
  (core func $"#core-func31 indirect-podweave:plugin/outputs@0.1.0-file-bytes" (@name "indirect-podweave:plugin/outputs@0.1.0-file-bytes") (;31;) (canon lower (func $file-bytes) (memory $memory) string-encoding=utf8))
  (alias export $wasi:filesystem/types@0.2.12 "filesystem-error-code" (func $filesystem-error-code (;5;)))
  (core func $"#core-func32 indirect-wasi:filesystem/types@0.2.12-filesystem-error-code" (@name "indirect-wasi:filesystem/types@0.2.12-filesystem-error-code") (;32;) (canon lower (func $filesystem-error-code) (memory $memory)))
  (alias export $wasi:filesystem/types@0.2.12 "[method]descriptor.get-type" (func $"[method]descriptor.get-type" (;6;)))
  (core func $"#core-func33 indirect-wasi:filesystem/types@0.2.12-[method]descriptor.get-type" (@name "indirect-wasi:filesystem/types@0.2.12-[method]descriptor.get-type") (;33;) (canon lower (func $"[method]descriptor.get-type") (memory $memory)))
  (alias export $wasi:filesystem/types@0.2.12 "[method]descriptor.append-via-stream" (func $"[method]descriptor.append-via-stream" (;7;)))
  (core func $"#core-func34 indirect-wasi:filesystem/types@0.2.12-[method]descriptor.append-via-stream" (@name "indirect-wasi:filesystem/types@0.2.12-[method]descriptor.append-via-stream") (;34;) (canon lower (func $"[method]descriptor.append-via-stream") (memory $memory)))
  (alias export $wasi:filesystem/types@0.2.12 "[method]descriptor.write-via-stream" (func $"[method]descriptor.write-via-stream" (;8;)))
  (core func $"#core-func35 indirect-wasi:filesystem/types@0.2.12-[method]descriptor.write-via-stream" (@name "indirect-wasi:filesystem/types@0.2.12-[method]descriptor.write-via-stream") (;35;) (canon lower (func $"[method]descriptor.write-via-stream") (memory $memory)))
  (alias export $wasi:filesystem/types@0.2.12 "[method]descriptor.stat" (func $"[method]descriptor.stat" (;9;)))
  (core func $"#core-func36 indirect-wasi:filesystem/types@0.2.12-[method]descriptor.stat" (@name "indirect-wasi:filesystem/types@0.2.12-[method]descriptor.stat") (;36;) (canon lower (func $"[method]descriptor.stat") (memory $memory)))
  (alias export $wasi:io/streams@0.2.12 "[method]output-stream.check-write" (func $"[method]output-stream.check-write" (;10;)))
  (core func $"#core-func37 indirect-wasi:io/streams@0.2.12-[method]output-stream.check-write" (@name "indirect-wasi:io/streams@0.2.12-[method]output-stream.check-write") (;37;) (canon lower (func $"[method]output-stream.check-write") (memory $memory)))
  (alias export $wasi:io/streams@0.2.12 "[method]output-stream.write" (func $"[method]output-stream.write" (;11;)))
  (core func $"#core-func38 indirect-wasi:io/streams@0.2.12-[method]output-stream.write" (@name "indirect-wasi:io/streams@0.2.12-[method]output-stream.write") (;38;) (canon lower (func $"[method]output-stream.write") (memory $memory)))
  (alias export $wasi:io/streams@0.2.12 "[method]output-stream.blocking-flush" (func $"[method]output-stream.blocking-flush" (;12;)))
  (core func $"#core-func39 indirect-wasi:io/streams@0.2.12-[method]output-stream.blocking-flush" (@name "indirect-wasi:io/streams@0.2.12-[method]output-stream.blocking-flush") (;39;) (canon lower (func $"[method]output-stream.blocking-flush") (memory $memory)))
  (alias export $wasi:io/streams@0.2.12 "[method]output-stream.blocking-write-and-flush" (func $"[method]output-stream.blocking-write-and-flush" (;13;)))
  (core func $"#core-func40 indirect-wasi:io/streams@0.2.12-[method]output-stream.blocking-write-and-flush" (@name "indirect-wasi:io/streams@0.2.12-[method]output-stream.blocking-write-and-flush") (;40;) (canon lower (func $"[method]output-stream.blocking-write-and-flush") (memory $memory)))
  (alias export $wasi:clocks/wall-clock@0.2.12 "now" (func $"#func14 now" (@name "now") (;14;)))
  (core func $"#core-func41 indirect-wasi:clocks/wall-clock@0.2.12-now" (@name "indirect-wasi:clocks/wall-clock@0.2.12-now") (;41;) (canon lower (func $"#func14 now") (memory $memory)))
  (alias export $wasi:cli/environment@0.2.12 "get-environment" (func $get-environment (;15;)))
  (alias core export $"#core-instance17 wasi_snapshot_preview1" "cabi_import_realloc" (core func $cabi_import_realloc (;42;)))
  (core func $"#core-func43 indirect-wasi:cli/environment@0.2.12-get-environment" (@name "indirect-wasi:cli/environment@0.2.12-get-environment") (;43;) (canon lower (func $get-environment) (memory $memory) (realloc $cabi_import_realloc) string-encoding=utf8))
  (alias export $wasi:filesystem/preopens@0.2.12 "get-directories" (func $get-directories (;16;)))
  (core func $"#core-func44 indirect-wasi:filesystem/preopens@0.2.6-get-directories" (@name "indirect-wasi:filesystem/preopens@0.2.6-get-directories") (;44;) (canon lower (func $get-directories) (memory $memory) (realloc $cabi_import_realloc) string-encoding=utf8))
  (alias export $wasi:random/random@0.2.12 "get-random-bytes" (func $get-random-bytes (;17;)))
  (core func $"#core-func45 indirect-wasi:random/random@0.2.12-get-random-bytes" (@name "indirect-wasi:random/random@0.2.12-get-random-bytes") (;45;) (canon lower (func $get-random-bytes) (memory $memory) (realloc $cabi_import_realloc)))
  (core instance $actual (;18;)
    (export "0" (func $fd_write))
    (export "1" (func $clock_time_get))
    (export "2" (func $random_get))
    (export "3" (func $environ_sizes_get))
    (export "4" (func $"#core-func31 indirect-podweave:plugin/outputs@0.1.0-file-bytes"))
    (export "5" (func $"#core-func32 indirect-wasi:filesystem/types@0.2.12-filesystem-error-code"))
    (export "6" (func $"#core-func33 indirect-wasi:filesystem/types@0.2.12-[method]descriptor.get-type"))
    (export "7" (func $"#core-func34 indirect-wasi:filesystem/types@0.2.12-[method]descriptor.append-via-stream"))
    (export "8" (func $"#core-func35 indirect-wasi:filesystem/types@0.2.12-[method]descriptor.write-via-stream"))
    (export "9" (func $"#core-func36 indirect-wasi:filesystem/types@0.2.12-[method]descriptor.stat"))
    (export "10" (func $"#core-func37 indirect-wasi:io/streams@0.2.12-[method]output-stream.check-write"))
    (export "11" (func $"#core-func38 indirect-wasi:io/streams@0.2.12-[method]output-stream.write"))
    (export "12" (func $"#core-func39 indirect-wasi:io/streams@0.2.12-[method]output-stream.blocking-flush"))
    (export "13" (func $"#core-func40 indirect-wasi:io/streams@0.2.12-[method]output-stream.blocking-write-and-flush"))
    (export "14" (func $"#core-func41 indirect-wasi:clocks/wall-clock@0.2.12-now"))
    (export "15" (func $"#core-func43 indirect-wasi:cli/environment@0.2.12-get-environment"))
    (export "16" (func $"#core-func44 indirect-wasi:filesystem/preopens@0.2.6-get-directories"))
    (export "17" (func $"#core-func45 indirect-wasi:random/random@0.2.12-get-random-bytes"))
  )
  (core instance $fixup (;19;) (instantiate $wit-component-fixup
      (with "actual" (instance $actual))
      (with "shim" (instance $wit-component-shim-instance))
    )
  )
  (type (;27;) (result (error 22)))
  (type (;28;) (func (result 27)))
  (alias core export $main "podweave:plugin/renderer@0.1.0#render" (core func $podweave:plugin/renderer@0.1.0#render (;46;)))
  (func $render (;18;) (type 28) (canon lift (core func $podweave:plugin/renderer@0.1.0#render) (memory $memory) string-encoding=utf8))
  (component $podweave:plugin/renderer@0.1.0-shim-component (;0;)
    (type (;0;) (record (field "config-map" string) (field "key" string) (field "message" string)))
    (import "import-type-invalid-value" (type (;1;) (eq 0)))
    (type (;2;) (record (field "path" string) (field "message" string)))
    (import "import-type-invalid-params" (type (;3;) (eq 2)))
    (type (;4;) (variant (case "invalid-value" 1) (case "invalid-params" 3) (case "other" string)))
    (import "import-type-failure" (type (;5;) (eq 4)))
    (type (;6;) (result (error 5)))
    (type (;7;) (func (result 6)))
    (import "import-func-render" (func (;0;) (type 7)))
    (type (;8;) (record (field "config-map" string) (field "key" string) (field "message" string)))
    (export (;9;) "invalid-value" (type 8))
    (type (;10;) (record (field "path" string) (field "message" string)))
    (export (;11;) "invalid-params" (type 10))
    (type (;12;) (variant (case "invalid-value" 9) (case "invalid-params" 11) (case "other" string)))
    (export (;13;) "failure" (type 12))
    (type (;14;) (result (error 13)))
    (type (;15;) (func (result 14)))
    (export (;1;) "render" (func 0) (func (type 15)))
  )
  (instance $podweave:plugin/renderer@0.1.0-shim-instance (;12;) (instantiate $podweave:plugin/renderer@0.1.0-shim-component
      (with "import-func-render" (func $render))
      (with "import-type-invalid-value" (type 20))
      (with "import-type-invalid-params" (type 21))
      (with "import-type-failure" (type 22))
    )
  )
  (export $podweave:plugin/renderer@0.1.0 (;13;) "podweave:plugin/renderer@0.1.0" (instance $podweave:plugin/renderer@0.1.0-shim-instance))
  (@producers
    (processed-by "wit-component" "0.259.0")
  )
)
