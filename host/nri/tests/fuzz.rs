//! Fuzzes the wire format: no panic, no more memory than bytes, and messages arrive as they were sent.
//!
//! `BOLERO_RANDOM_ITERATIONS` and `BOLERO_RANDOM_TEST_TIME_MS` let it run longer, `BOLERO_RANDOM_SEED`
//! repeats a failure.

use std::time::Duration;

use podweave_nri::wire::mux::{ConnectionId, FrameHeader};
use podweave_nri::wire::ttrpc::{Kind, Request, Response};
use podweave_nri::wire::{Inbound, Incoming, outbound};
use prost::Message;

const TIME: Duration = Duration::from_millis(700);

/// Decodes all messages in these bytes, cut into pieces of these lengths.
fn read(bytes: &[u8], mut lengths: impl Iterator<Item = usize>) -> (Vec<Incoming>, bool) {
    let (mut inbound, mut messages, mut rest) = (Inbound::default(), Vec::new(), bytes);
    while !rest.is_empty() {
        let (piece, others) = rest.split_at(lengths.next().unwrap_or(rest.len()).clamp(1, rest.len()));
        if inbound.take(piece, |message| messages.push(message)).is_err() {
            return (messages, false);
        }
        rest = others;
    }
    (messages, true)
}

#[test]
fn any_bytes_are_messages_or_violations_in_any_pieces() {
    bolero::check!()
        .with_test_time(TIME)
        .with_max_len(512)
        .for_each(|bytes: &[u8]| {
            // Small numbers in the headers, so that frames are often complete.
            let near: Vec<u8> = bytes
                .iter()
                .enumerate()
                .map(|(at, byte)| if at % 8 < 3 { 0 } else { byte % 32 })
                .collect();
            for bytes in [bytes, &near] {
                let whole = read(bytes, std::iter::empty());
                assert_eq!(whole, read(bytes, std::iter::repeat(1)));
                for message in whole.0.iter().filter_map(|incoming| incoming.message.as_deref()) {
                    assert!(message.len() <= bytes.len());
                    let _ = (Request::decode(message), Response::decode(message));
                }
            }
        });
}

#[test]
fn messages_round_trip_and_their_first_frame_is_small() {
    bolero::check!()
        .with_test_time(TIME)
        .with_max_len(64)
        .for_each(|bytes: &[u8]| {
            let (mut wire, mut sent) = (Vec::new(), Vec::new());
            for (index, byte) in (0u32..).zip(bytes) {
                let message = vec![*byte; usize::from(*byte) * 37];
                let connection = [ConnectionId::PLUGIN, ConnectionId::RUNTIME][usize::from(byte % 2)];
                let frames = outbound(connection, 2 * index + 1, Kind::Response, &message).unwrap();
                let first = FrameHeader::decode(frames[..8].try_into().unwrap()).unwrap();
                assert!(first.length <= 4096 && first.connection == connection);
                wire.extend(frames);
                sent.push((connection, 2 * index + 1, message));
            }
            let (read, valid) = read(&wire, bytes.iter().map(|byte| usize::from(*byte) * 5).cycle());
            assert!(valid);
            let read: Vec<_> = read
                .into_iter()
                .map(|incoming| {
                    (
                        incoming.connection,
                        incoming.header.stream,
                        incoming.message.unwrap(),
                    )
                })
                .collect();
            assert_eq!(read, sent);
        });
}

#[test]
fn oversized_messages_are_skipped_and_oversized_frames_are_violations() {
    let mut wire = Vec::new();
    let announced = u32::try_from((4 << 20) + 1).unwrap();
    let header = podweave_nri::wire::ttrpc::MessageHeader {
        length: announced,
        stream: 7,
        kind: Kind::Request,
        flags: 0,
    };
    let frame = |length: usize| {
        FrameHeader {
            connection: ConnectionId::PLUGIN,
            length: u32::try_from(length).unwrap(),
        }
        .encode()
    };
    wire.extend([&frame(10)[..], &header.encode(), &frame(announced as usize)].concat());
    wire.extend(vec![0; announced as usize]);
    wire.extend(outbound(ConnectionId::PLUGIN, 9, Kind::Request, b"next").unwrap());
    let (messages, valid) = read(&wire, std::iter::empty());
    assert!(valid);
    assert_eq!(
        messages
            .iter()
            .map(|incoming| (incoming.header.stream, incoming.message.as_deref()))
            .collect::<Vec<_>>(),
        [(7, None), (9, Some(&b"next"[..]))]
    );

    assert_eq!(
        outbound(
            ConnectionId::PLUGIN,
            1,
            Kind::Request,
            &vec![0; announced as usize]
        ),
        None
    );
    assert!(!read(&[0, 0, 0, 1, 0, 0x40, 0, 11], std::iter::empty()).1);
    assert!(!read(&[0; 8], std::iter::empty()).1, "connection 0 is reserved");
}
